//! Applications of one's own.

use super::WEB;
use crate::oauth::AuthMethod;
use crate::presets::{At, Needs, Preset};

pub const ALL: &[Preset] = &[
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
        snippet: include_str!("../snippets/fastapi.py"),
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
        snippet: include_str!("../snippets/swagger-ui.html"),
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
        snippet: include_str!("../snippets/spring.yaml"),
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
        snippet: include_str!("../snippets/nextauth.ts"),
    },
];
