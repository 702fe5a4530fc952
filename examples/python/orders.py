"""An API that lets good tokens in: uvicorn orders:app"""

import asyncio
import os
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from porteiro import Porteiro

env = os.environ
porteiro = Porteiro(env["ISSUER"], env["AUDIENCE"], env["CLIENT_ID"], env["CLIENT_SECRET"])


@asynccontextmanager
async def lifespan(app: FastAPI):
    following = asyncio.create_task(porteiro.follow())
    yield
    following.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/orders")
async def orders(claims: dict = Depends(porteiro)):
    return {"sub": claims["sub"]}
