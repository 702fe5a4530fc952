//! What stands in front of programs that know nothing of logins.

use super::WEB;
use crate::oauth::GrantType;
use crate::oauth::redirect_uri::PROTECTED_CALLBACK;
use crate::presets::{At, Needs, Preset};

/// A site that a proxy protects: people by a login through us, programs by a
/// token for its address.
const PROTECTED: Needs = Needs {
    grants: &[GrantType::AuthorizationCode, GrantType::ClientCredentials],
    scope: "openid profile email groups",
    redirect: &[At::Origin(PROTECTED_CALLBACK)],
    post_logout: &[At::Url("/"), At::Url("")],
    pkce: true,
    is_api: true,
    ..WEB
};

pub const ALL: &[Preset] = &[
    Preset {
        name: "mod-auth-openidc",
        title: "Apache httpd",
        description: "Any site behind Apache, with mod_auth_openidc",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/redirect_uri")],
            post_logout: &[At::Url(""), At::Url("/")],
            backchannel_logout: Some(At::Url("/redirect_uri?logout=backchannel")),
            pkce: true,
            // It takes `iss` without a code for a login that another site starts.
            iss_in_errors: false,
            ..WEB
        },
        snippet: include_str!("../snippets/mod-auth-openidc.conf"),
    },
    Preset {
        name: "nginx",
        title: "nginx",
        description: "Any site or API behind nginx, with auth_request",
        needs: PROTECTED,
        snippet: include_str!("../snippets/nginx.conf"),
    },
    Preset {
        name: "traefik",
        title: "Traefik",
        description: "Any site or API behind Traefik, with forwardAuth",
        needs: PROTECTED,
        snippet: include_str!("../snippets/traefik.yaml"),
    },
    Preset {
        name: "caddy",
        title: "Caddy",
        description: "Any site or API behind Caddy, with forward_auth",
        needs: PROTECTED,
        snippet: include_str!("../snippets/Caddyfile"),
    },
    Preset {
        name: "oauth2-proxy",
        title: "OAuth2 Proxy",
        description: "Any site behind oauth2-proxy",
        needs: Needs {
            scope: "openid profile email groups offline_access",
            redirect: &[At::Url("/oauth2/callback")],
            post_logout: &[At::Url(""), At::Url("/"), At::Url("/oauth2/sign_in")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("../snippets/oauth2-proxy.cfg"),
    },
];
