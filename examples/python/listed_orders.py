"""An API that lets good tokens in: uvicorn listed_orders:app"""

import os

from fastapi import Depends, FastAPI

from status_lists import StatusLists

app = FastAPI()


@app.get("/orders")
async def orders(claims: dict = Depends(StatusLists(os.environ["ISSUER"], os.environ["AUDIENCE"]))):
    return {"sub": claims["sub"]}
