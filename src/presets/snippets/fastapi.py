# needs: pip install fastapi "pyjwt[crypto]>=2.15"; "Authorize" in /docs signs people in
# Sign out at <<end_session_endpoint>>?client_id=<<client_id_encoded>>&post_logout_redirect_uri=<<url_encoded>>%2Fdocs
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2AuthorizationCodeBearer

bearer = OAuth2AuthorizationCodeBearer(
    authorizationUrl="<<authorization_endpoint>>",
    tokenUrl="<<token_endpoint>>",
    scopes={"openid": "who you are", "profile": "your name", "email": "your e-mail address", "groups": "your groups"},
)
app = FastAPI(
    swagger_ui_init_oauth={
        "clientId": "<<client_id>>",
        "scopes": "openid profile email groups",
        "usePkceWithAuthorizationCodeGrant": True,
    }
)
# A new signing key is fetched at once, not only half a minute after the last fetch.
keys = jwt.PyJWKClient("<<jwks_uri>>", cooldown_duration=1)


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
