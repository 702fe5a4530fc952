//! The programs, each with what it does by itself: no more is asked of it.

use super::{At, Needs, Preset};
use crate::oauth::{AuthMethod, GrantType};

const CODE: &[GrantType] = &[GrantType::AuthorizationCode, GrantType::RefreshToken];
const PASSWORD: &[GrantType] = &[GrantType::Password, GrantType::RefreshToken];
const MACHINE: &[GrantType] = &[GrantType::ClientCredentials];

/// A web application with a secret.
const WEB: Needs = Needs {
    auth_method: AuthMethod::ClientSecretBasic,
    grants: CODE,
    scope: "",
    redirect: &[],
    post_logout: &[],
    pkce: false,
    iss_in_errors: true,
    is_api: false,
};

/// All presets, in the order in which they are listed.
pub const ALL: &[Preset] = &[
    Preset {
        name: "grafana",
        title: "Grafana",
        description: "Dashboards; roles from groups",
        needs: Needs {
            scope: "openid profile email groups offline_access",
            redirect: &[At::Url("/login/generic_oauth")],
            post_logout: &[At::Url("/login")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/grafana.ini"),
    },
    Preset {
        name: "superset",
        title: "Apache Superset",
        description: "Dashboards; roles from groups",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth-authorized/porteiro")],
            post_logout: &[At::Url("/"), At::Url("/login/")],
            ..WEB
        },
        snippet: include_str!("snippets/superset.py"),
    },
    Preset {
        name: "streamlit",
        title: "Streamlit",
        description: "Data applications with st.login",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth2callback")],
            post_logout: &[At::Url("/oauth2callback"), At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/streamlit.toml"),
    },
    Preset {
        name: "jupyterhub",
        title: "JupyterHub",
        description: "Notebooks, with oauthenticator's generic-oauth",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/hub/oauth_callback")],
            post_logout: &[At::Url("/hub/login"), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/jupyterhub.py"),
    },
    Preset {
        name: "pgadmin",
        title: "pgAdmin",
        description: "Administration of Postgres",
        needs: Needs {
            scope: "openid profile email",
            redirect: &[At::Url("/oauth2/authorize")],
            post_logout: &[At::Url("/"), At::Url("/browser/"), At::Url("/login")],
            ..WEB
        },
        snippet: include_str!("snippets/pgadmin.py"),
    },
    Preset {
        name: "node-red",
        title: "Node-RED",
        description: "Flow editor, with passport-openidconnect",
        needs: Needs {
            scope: "openid profile email",
            redirect: &[At::Url("/auth/strategy/callback")],
            post_logout: &[At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/node-red.js"),
    },
    Preset {
        name: "panel",
        title: "Panel",
        description: "Data applications, generic provider",
        needs: Needs {
            auth_method: AuthMethod::ClientSecretPost,
            scope: "openid profile email groups offline_access",
            redirect: &[At::Url(""), At::Url("/"), At::Origin(""), At::Origin("/"), At::Url("/login")],
            post_logout: &[At::Url("/logout"), At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/panel.env"),
    },
    Preset {
        name: "panel-password",
        title: "Panel with its own login form",
        description: "Data applications, password provider: a public client that sees passwords",
        needs: Needs {
            auth_method: AuthMethod::None,
            grants: PASSWORD,
            scope: "openid profile email groups offline_access",
            ..WEB
        },
        snippet: include_str!("snippets/panel-password.env"),
    },
    Preset {
        name: "mod-auth-openidc",
        title: "Apache httpd",
        description: "Any site behind Apache, with mod_auth_openidc",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/redirect_uri")],
            post_logout: &[At::Url(""), At::Url("/")],
            pkce: true,
            // It takes `iss` without a code for a login that another site starts.
            iss_in_errors: false,
            ..WEB
        },
        snippet: include_str!("snippets/mod-auth-openidc.conf"),
    },
    Preset {
        name: "nginx",
        title: "nginx",
        description: "Any API behind nginx, with auth_request",
        needs: Needs { grants: MACHINE, is_api: true, ..WEB },
        snippet: include_str!("snippets/nginx.conf"),
    },
    Preset {
        name: "traefik",
        title: "Traefik",
        description: "Any API behind Traefik, with forwardAuth",
        needs: Needs { grants: MACHINE, is_api: true, ..WEB },
        snippet: include_str!("snippets/traefik.yaml"),
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
        snippet: include_str!("snippets/oauth2-proxy.cfg"),
    },
    Preset {
        name: "gitea",
        title: "Gitea",
        description: "Git hosting; also Forgejo",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/user/oauth2/porteiro/callback")],
            post_logout: &[At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/gitea.sh"),
    },
    Preset {
        name: "portainer",
        title: "Portainer",
        description: "Administration of containers",
        needs: Needs {
            auth_method: AuthMethod::ClientSecretPost,
            scope: "openid profile email groups",
            redirect: &[At::Url(""), At::Url("/")],
            post_logout: &[At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/portainer.txt"),
    },
    Preset {
        name: "minio",
        title: "MinIO",
        description: "Object storage; policies from groups",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth_callback")],
            post_logout: &[At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/minio.env"),
    },
    Preset {
        name: "argocd",
        title: "Argo CD",
        description: "Deployments; pages and command line, a public client",
        needs: Needs {
            auth_method: AuthMethod::None,
            scope: "openid profile email groups offline_access",
            redirect: &[
                At::Url("/auth/callback"),
                At::Url("/pkce/verify"),
                At::Fixed("http://localhost:8085/auth/callback"),
            ],
            post_logout: &[At::Url(""), At::Url("/")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/argocd.yaml"),
    },
    Preset {
        name: "kubernetes",
        title: "Kubernetes",
        description: "kubectl with kubelogin, a public client",
        needs: Needs {
            auth_method: AuthMethod::None,
            scope: "openid profile email groups offline_access",
            redirect: &[
                At::Fixed("http://localhost:8000"),
                At::Fixed("http://localhost:18000"),
                At::Fixed("http://127.0.0.1:8000"),
            ],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/kubernetes.sh"),
    },
    Preset {
        name: "fastapi",
        title: "FastAPI",
        description: "An API of your own, and its /docs as a public client",
        needs: Needs {
            auth_method: AuthMethod::None,
            scope: "openid profile email groups",
            redirect: &[At::Url("/docs/oauth2-redirect")],
            post_logout: &[At::Url("/docs")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/fastapi.py"),
    },
    Preset {
        name: "swagger-ui",
        title: "Swagger UI",
        description: "API documentation that signs people in, a public client",
        needs: Needs {
            auth_method: AuthMethod::None,
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth2-redirect.html")],
            post_logout: &[At::Url(""), At::Url("/")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/swagger-ui.html"),
    },
    Preset {
        name: "spring",
        title: "Spring Boot",
        description: "Java applications, with Spring Security",
        needs: Needs {
            scope: "openid profile email",
            redirect: &[At::Url("/login/oauth2/code/porteiro")],
            post_logout: &[At::Url(""), At::Url("/")],
            ..WEB
        },
        snippet: include_str!("snippets/spring.yaml"),
    },
    Preset {
        name: "nextauth",
        title: "NextAuth.js",
        description: "Next.js applications, with Auth.js 5",
        needs: Needs {
            scope: "openid profile email groups offline_access",
            redirect: &[At::Url("/api/auth/callback/porteiro")],
            post_logout: &[At::Url(""), At::Url("/")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("snippets/nextauth.ts"),
    },
];
