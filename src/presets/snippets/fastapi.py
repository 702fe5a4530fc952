# needs: pip install fastapi "pyjwt[crypto]"; "Authorize" in /docs signs people in
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2AuthorizationCodeBearer

bearer = OAuth2AuthorizationCodeBearer(
    authorizationUrl="<<authorization_endpoint>>",
    tokenUrl="<<token_endpoint>>",
    scopes={"openid": "who you are", "profile": "your name", "email": "your e-mail address"},
)
app = FastAPI(
    swagger_ui_init_oauth={
        "clientId": "<<client_id>>",
        "scopes": "openid profile email",
        "usePkceWithAuthorizationCodeGrant": True,
    }
)
keys = jwt.PyJWKClient("<<jwks_uri>>")


def person(token: str = Depends(bearer)) -> dict:
    try:
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(
            token, key.key, algorithms=["<<signing_alg>>"], issuer="<<issuer>>", audience="<<audience>>"
        )
    except jwt.PyJWTError as error:
        raise HTTPException(401, str(error), {"WWW-Authenticate": "Bearer"}) from error


@app.get("/me")
def me(claims: dict = Depends(person)) -> dict:
    return claims
