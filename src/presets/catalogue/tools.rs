//! Tools of developers and operators.

use super::WEB;
use crate::oauth::AuthMethod;
use crate::presets::{At, Needs, Preset};

pub const ALL: &[Preset] = &[
    Preset {
        name: "jupyterhub",
        title: "JupyterHub",
        description: "Notebooks, with oauthenticator's generic-oauth",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/hub/oauth_callback")],
            post_logout: &[At::Url("/hub/login"), At::Url("/")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("../snippets/jupyterhub.py"),
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
        snippet: include_str!("../snippets/node-red.js"),
    },
    Preset {
        name: "pgadmin",
        title: "pgAdmin",
        description: "Administration of Postgres",
        needs: Needs {
            scope: "openid profile email",
            redirect: &[At::Url("/oauth2/authorize")],
            post_logout: &[At::Url("/"), At::Url("/browser/"), At::Url("/login")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("../snippets/pgadmin.py"),
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
        snippet: include_str!("../snippets/gitea.sh"),
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
        snippet: include_str!("../snippets/portainer.txt"),
    },
    Preset {
        name: "minio",
        title: "MinIO",
        description: "Object storage; policies from groups",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth_callback")],
            post_logout: &[At::Url(""), At::Url("/")],
            claims: include_str!("../claims/minio.json"),
            ..WEB
        },
        snippet: include_str!("../snippets/minio.env"),
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
        snippet: include_str!("../snippets/argocd.yaml"),
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
        snippet: include_str!("../snippets/kubernetes.sh"),
    },
];
