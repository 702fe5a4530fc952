//! What well-known programs need of their client, and the configuration that
//! they need in turn.

mod catalogue;
mod snippet;

use serde::Serialize;
use url::Url;

use crate::oauth::{AuthMethod, GrantType, Scope};
use crate::store::Client;

pub use catalogue::all;
pub use snippet::Values;

/// A program that people often put behind a login.
#[derive(Debug, Serialize)]
pub struct Preset {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    #[serde(skip)]
    needs: Needs,
    /// The configuration of the other side, with places for the values.
    snippet: &'static str,
}

/// What the client must be registered with.
#[derive(Debug)]
struct Needs {
    auth_method: AuthMethod,
    grants: &'static [GrantType],
    scope: &'static str,
    redirect: &'static [At],
    post_logout: &'static [At],
    /// Where it is told that a session has ended.
    backchannel_logout: Option<At>,
    pkce: bool,
    /// The claims that it reads under other names, as `--claim-mapping-file`
    /// has them.
    claims: &'static str,
    /// It understands an authorization error that names the issuer (RFC 9207).
    iss_in_errors: bool,
    /// It stands for the address itself: its tokens are for that, and it bears
    /// its name.
    is_api: bool,
}

/// An address of the program.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Below the address at which people open it.
    Url(&'static str),
    /// Below the root of its host.
    Origin(&'static str),
    /// Always the same.
    Fixed(&'static str),
}

/// The preset of this name; underscores may stand for hyphens.
pub fn find(name: &str) -> Option<&'static Preset> {
    let name = name.replace('_', "-");
    all().find(|preset| preset.name == name)
}

impl Preset {
    /// The page that says what to do with the snippet.
    pub fn page(&self) -> String {
        format!("docs/how-to/presets/{}.md", self.name)
    }

    /// Registers what the program needs.
    ///
    /// # Errors
    /// A sentence when the address is missing or is no web address.
    pub fn apply(&self, client: &mut Client, url: Option<&str>) -> Result<(), String> {
        let url = url.map(check_url).transpose()?;
        client.client_name = Some(self.title.to_owned());
        client.token_endpoint_auth_method = self.needs.auth_method;
        client.grant_types = self.needs.grants.to_vec();
        client.scope = Scope::parse(self.needs.scope).map_err(|error| error.to_string())?;
        client.redirect_uris = self.addresses(self.needs.redirect, url.as_ref())?;
        client.post_logout_redirect_uris = self.addresses(self.needs.post_logout, url.as_ref())?;
        let logout = self.addresses(self.needs.backchannel_logout.as_slice(), url.as_ref())?;
        client.backchannel_logout_uri = logout.into_iter().next();
        client.claim_mapping = serde_json::from_str(self.needs.claims).map_err(|error| error.to_string())?;
        client.require_pkce = self.needs.pkce;
        client.iss_in_errors = self.needs.iss_in_errors;
        client.client_uri = url.as_ref().map(|url| url.to_string());
        if self.needs.is_api {
            client.audience = self.addresses(&[At::Url("")], url.as_ref())?;
            client.resource.clone_from(&client.audience);
            // People know the site, not the proxy before it.
            client.client_name = url.as_ref().and_then(Url::host_str).map(str::to_owned);
        }
        Ok(())
    }

    fn addresses(&self, places: &[At], url: Option<&Url>) -> Result<Vec<String>, String> {
        let missing = || format!("the preset {} needs --url, the address at which people open it", self.name);
        let mut addresses = Vec::new();
        for place in places {
            let address = match place {
                At::Fixed(address) => (*address).to_owned(),
                At::Url(path) => format!("{}{path}", url.ok_or_else(missing)?.as_str().trim_end_matches('/')),
                At::Origin(path) => {
                    format!("{}{path}", url.ok_or_else(missing)?.origin().ascii_serialization())
                }
            };
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}

fn check_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|problem| format!("--url {text}: {problem}"))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if web && plain {
        Ok(url)
    } else {
        Err(format!("--url {text} is not a plain web address such as https://app.example.com"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    const URL: &str = "https://app.example.com/tools/";

    fn registered(preset: &Preset) -> Client {
        let mut client = Client::new(preset.name, Timestamp(0));
        preset.apply(&mut client, Some(URL)).unwrap();
        client
    }

    #[test]
    fn every_preset_makes_a_valid_client() {
        for preset in all() {
            registered(preset).check().expect(preset.name);
        }
    }

    #[test]
    fn names_are_given_once_and_found() {
        for preset in all() {
            assert_eq!(find(preset.name).map(|found| found.title), Some(preset.title));
        }
        assert_eq!(find("mod_auth_openidc").map(|found| found.name), Some("mod-auth-openidc"));
        assert!(find("nosuch").is_none());
    }

    #[test]
    fn addresses_are_those_of_the_programs() {
        let cases = [
            ("grafana", "https://app.example.com/tools/login/generic_oauth"),
            ("superset", "https://app.example.com/tools/oauth-authorized/porteiro"),
            ("streamlit", "https://app.example.com/tools/oauth2callback"),
            ("jupyterhub", "https://app.example.com/tools/hub/oauth_callback"),
            ("pgadmin", "https://app.example.com/tools/oauth2/authorize"),
            ("node-red", "https://app.example.com/tools/auth/strategy/callback"),
            ("mod-auth-openidc", "https://app.example.com/tools/redirect_uri"),
            ("oauth2-proxy", "https://app.example.com/tools/oauth2/callback"),
            ("gitea", "https://app.example.com/tools/user/oauth2/porteiro/callback"),
            ("minio", "https://app.example.com/tools/oauth_callback"),
            ("argocd", "https://app.example.com/tools/auth/callback"),
            ("fastapi", "https://app.example.com/tools/docs/oauth2-redirect"),
            ("swagger-ui", "https://app.example.com/tools/oauth2-redirect.html"),
            ("spring", "https://app.example.com/tools/login/oauth2/code/porteiro"),
            ("nextauth", "https://app.example.com/tools/api/auth/callback/porteiro"),
            ("panel", "https://app.example.com/tools"),
        ];
        for (name, address) in cases {
            assert_eq!(registered(find(name).unwrap()).redirect_uris[0], address, "{name}");
        }
    }

    #[test]
    fn claims_are_those_that_the_programs_read() {
        let claims = |name: &str| {
            let client = registered(find(name).unwrap());
            client.claim_mapping.iter().map(|rule| rule.claim.clone()).collect::<Vec<_>>()
        };
        assert_eq!(claims("grafana"), ["login", "role"]);
        assert_eq!(claims("minio"), ["policy"]);
        assert!(claims("superset").is_empty());
    }

    #[test]
    fn an_address_is_asked_for_where_it_is_needed() {
        let apply = |name: &str, url| find(name).unwrap().apply(&mut Client::new("app", Timestamp(0)), url);
        assert!(apply("grafana", None).is_err());
        assert!(apply("kubernetes", None).is_ok());
        assert!(apply("panel-password", None).is_ok());
        for url in
            ["app.example.com", "ftp://app.example.com", "https://app.example.com/?a", "https://u@a.test"]
        {
            assert!(apply("grafana", Some(url)).is_err(), "{url}");
        }
    }
}
