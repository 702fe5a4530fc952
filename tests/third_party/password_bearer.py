"""A FastAPI application as its tutorial has it: OAuth2PasswordBearer, with our
token endpoint, which asks the server who it is."""

import os

import httpx
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

ISSUER = os.environ["ISSUER"]

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl=f"{ISSUER}/oauth2/token", scopes={"openid": "who you are"})


def person(token: str = Depends(bearer)) -> dict:
    answer = httpx.get(f"{ISSUER}/about_me", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code != 200:
        raise HTTPException(401, answer.json(), {"WWW-Authenticate": "Bearer"})
    return answer.json()


@app.get("/alive")
def alive() -> None:
    pass


@app.get("/users/me")
def me(person: dict = Depends(person)) -> dict:
    return person
