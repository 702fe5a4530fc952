"""A FastAPI application that trusts the signature: PyJWT with the published keys."""

import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ["AUDIENCE"]

app = FastAPI()
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")


def claims(bearer: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> dict:
    try:
        return jwt.decode(
            bearer.credentials,
            keys.get_signing_key_from_jwt(bearer.credentials),
            algorithms=["RS256", "ES256", "EdDSA"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "jti", "sub"]},
        )
    except jwt.PyJWTError as refusal:
        raise HTTPException(401, type(refusal).__name__) from refusal


@app.get("/alive")
def alive() -> None:
    pass


@app.get("/who")
def who(claims: dict = Depends(claims)) -> dict:
    return claims
