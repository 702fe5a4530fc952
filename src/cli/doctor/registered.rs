//! Who is registered: clients and administrators.

use url::{Host, Url};

use super::{Finding, said};
use crate::oauth::{GrantType, redirect_uri};
use crate::store::{Client, Store};

/// Looks at clients and people.
pub async fn findings(store: &Store) -> Vec<Finding> {
    let mut findings = clients(store).await;
    findings.extend(people(store).await);
    findings
}

async fn clients(store: &Store) -> Vec<Finding> {
    match store.clients().await {
        Ok(clients) => {
            let findings: Vec<Finding> =
                clients.iter().filter(|client| client.enabled).flat_map(client).collect();
            if findings.is_empty() {
                vec![Finding::ok("clients", format!("{} clients, none is weak", clients.len()))]
            } else {
                findings
            }
        }
        Err(cause) => vec![Finding::error("clients_unreadable", said(&cause), "porteiro client list")],
    }
}

fn client(client: &Client) -> Vec<Finding> {
    let id = &client.client_id;
    let mut findings = Vec::new();
    if client.allows(GrantType::AuthorizationCode) && !client.needs_pkce() {
        let fix = format!("porteiro client update {id} --require-pkce");
        findings.push(Finding::warning(
            "client_without_pkce",
            format!("client {id} need not send PKCE"),
            fix,
        ));
    }
    if client.allows(GrantType::Password) {
        let finding = format!("client {id} may use the password grant (RFC 9700 section 2.4)");
        let fix = format!("porteiro client update {id} --grant …, without password");
        findings.push(Finding::warning("client_with_password_grant", finding, fix));
    }
    if client.allows(GrantType::Implicit) {
        let finding = format!("client {id} may use the implicit grant (RFC 9700 section 2.1.2)");
        let fix = format!("porteiro client update {id} --grant …, without implicit");
        findings.push(Finding::warning("client_with_implicit_grant", finding, fix));
    }
    findings.extend(client.redirect_uris.iter().filter_map(|uri| address(client, uri)));
    findings
}

/// What is wrong with an address that codes are sent to.
fn address(client: &Client, uri: &str) -> Option<Finding> {
    let id = &client.client_id;
    let fix = format!("porteiro client update {id} --redirect-uri …");
    if let Err(cause) = redirect_uri::check_registration(uri) {
        let finding = format!("client {id} has the redirect URI {uri}: {}", cause.description);
        return Some(Finding::error("redirect_uri_unsafe", finding, fix));
    }
    let weakness = weakness(client, &Url::parse(uri).ok()?)?;
    let finding = format!("client {id} has the redirect URI {uri}: {weakness}");
    Some(Finding::warning("redirect_uri_weak", finding, fix))
}

/// What works and is a risk all the same (RFC 8252 §8.3, §7.1).
fn weakness(client: &Client, uri: &Url) -> Option<&'static str> {
    let public = client.is_public();
    match uri.host() {
        Some(Host::Domain("localhost")) if public => {
            Some("the name localhost may lead elsewhere, a native application should use 127.0.0.1")
        }
        Some(_) if uri.scheme() == "http" && !public => {
            Some("a web application has an https:// address; is this one left from a trial?")
        }
        _ if !matches!(uri.scheme(), "http" | "https") && !client.needs_pkce() => {
            Some("any application of the device may claim this scheme, and PKCE is not asked for")
        }
        _ => None,
    }
}

async fn people(store: &Store) -> Vec<Finding> {
    let users = match store.users().await {
        Ok(users) => users,
        Err(cause) => {
            return vec![Finding::error("users_unreadable", said(&cause), "porteiro user list")];
        }
    };
    let admins: Vec<&str> =
        users.iter().filter(|user| user.admin && user.enabled).map(|user| user.username.as_str()).collect();
    if admins.is_empty() {
        let fix = "porteiro user create NAME --admin --password-file F";
        return vec![Finding::warning("admin_missing", "no enabled user is an administrator", fix)];
    }
    let administrate = format!("{} users, {} of them administrate", users.len(), admins.len());
    vec![Finding::ok("users", administrate), alone_with_a_password(&admins)]
}

/// There is no second factor to ask for yet, so this is to know and no
/// weakness of the installation.
fn alone_with_a_password(admins: &[&str]) -> Finding {
    Finding::note(
        "admin_without_second_factor",
        format!(
            "a password alone lets {} administrate: this version has no second factor",
            admins.join(", ")
        ),
        "long passwords that are used nowhere else: porteiro user set-password NAME",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::oauth::AuthMethod;

    #[test]
    fn weak_clients_are_named_with_the_command_that_mends_them() {
        let mut weak = Client::new("dashboard", Timestamp(0));
        weak.grant_types = vec![GrantType::AuthorizationCode, GrantType::Password];
        weak.redirect_uris = vec!["http://rp.test/cb".into()];
        let found: Vec<&str> = client(&weak).iter().map(|finding| finding.code).collect();
        assert_eq!(found, ["client_without_pkce", "client_with_password_grant", "redirect_uri_unsafe"]);
        assert!(client(&weak).iter().all(|finding| finding.fix.as_ref().unwrap().contains("dashboard")));

        let mut strong = weak.clone();
        strong.grant_types = vec![GrantType::AuthorizationCode];
        strong.require_pkce = true;
        strong.redirect_uris = vec!["https://rp.test/cb".into()];
        assert!(client(&strong).is_empty());
    }

    #[test]
    fn an_address_that_works_may_be_a_risk() {
        let table = [
            (true, "https://rp.test/cb", None),
            (true, "http://127.0.0.1/cb", None),
            (true, "http://localhost/cb", Some("redirect_uri_weak")),
            (false, "https://rp.test/cb", None),
            (false, "http://localhost:8501/cb", Some("redirect_uri_weak")),
            (false, "https://rp.test/*", Some("redirect_uri_unsafe")),
            (true, "com.example.app:/cb", None),
            (false, "com.example.app:/cb", Some("redirect_uri_weak")),
        ];
        for (public, uri, expected) in table {
            let mut owner = Client::new("panel", Timestamp(0));
            owner.token_endpoint_auth_method =
                if public { AuthMethod::None } else { AuthMethod::ClientSecretBasic };
            assert_eq!(address(&owner, uri).map(|finding| finding.code), expected, "{public} {uri}");
        }
    }
}
