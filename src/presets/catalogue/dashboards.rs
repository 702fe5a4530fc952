//! Dashboards and data applications.

use super::{PASSWORD, WEB};
use crate::oauth::AuthMethod;
use crate::presets::{At, Needs, Preset};

pub const ALL: &[Preset] = &[
    Preset {
        name: "grafana",
        title: "Grafana",
        description: "Dashboards; roles from groups",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/login/generic_oauth")],
            post_logout: &[At::Url("/login")],
            pkce: true,
            claims: include_str!("../claims/grafana.json"),
            ..WEB
        },
        snippet: include_str!("../snippets/grafana.ini"),
    },
    Preset {
        name: "superset",
        title: "Apache Superset",
        description: "Dashboards; roles from groups",
        needs: Needs {
            scope: "openid profile email groups",
            redirect: &[At::Url("/oauth-authorized/porteiro")],
            post_logout: &[At::Url("/"), At::Url("/login/")],
            pkce: true,
            ..WEB
        },
        snippet: include_str!("../snippets/superset.py"),
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
        snippet: include_str!("../snippets/streamlit.toml"),
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
        snippet: include_str!("../snippets/panel.env"),
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
        snippet: include_str!("../snippets/panel-password.env"),
    },
];
