//! The programs, each with what it does by itself: no more is asked of it.

mod dashboards;
mod frameworks;
mod proxies;
mod tools;

use super::{Needs, Preset};
use crate::oauth::{AuthMethod, GrantType};

const CODE: &[GrantType] = &[GrantType::AuthorizationCode, GrantType::RefreshToken];
const PASSWORD: &[GrantType] = &[GrantType::Password, GrantType::RefreshToken];

/// A web application with a secret.
const WEB: Needs = Needs {
    auth_method: AuthMethod::ClientSecretBasic,
    grants: CODE,
    scope: "",
    redirect: &[],
    post_logout: &[],
    backchannel_logout: None,
    pkce: false,
    claims: "[]",
    iss_in_errors: true,
    is_api: false,
};

/// All presets, in the order in which they are listed.
pub fn all() -> impl Iterator<Item = &'static Preset> {
    [dashboards::ALL, tools::ALL, proxies::ALL, frameworks::ALL].into_iter().flatten()
}
