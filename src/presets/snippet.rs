//! The configuration of the other side, filled in.

use url::Url;

use super::Preset;
use crate::config::Config;
use crate::error::Error;
use crate::random::Random;
use crate::secret;
use crate::store::Client;

/// What goes into the places of a snippet.
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// Collects them. Programs also want a random key for their own cookies.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn of(
        config: &Config,
        client: &Client,
        client_secret: Option<&str>,
        url: Option<&str>,
        random: &Random,
    ) -> Result<Self, Error> {
        let mut values = of_server(config);
        values.extend(of_program(url));
        let audience = client.audience.first().map_or_else(|| config.default_audience(), String::as_str);
        values.extend([
            ("client_id", client.client_id.clone()),
            ("client_id_encoded", encoded(&client.client_id)),
            ("client_secret", client_secret.unwrap_or_default().to_owned()),
            ("redirect_uri", client.redirect_uris.first().cloned().unwrap_or_default()),
            ("audience", audience.to_owned()),
            ("signing_alg", client.access_token_signed_response_alg.to_string()),
            ("random", secret::base64url(&random.bytes::<32>()?)),
        ]);
        Ok(Self(values))
    }
}

fn of_server(config: &Config) -> Vec<(&'static str, String)> {
    let issuer = &config.issuer;
    vec![
        ("issuer", issuer.as_str().to_owned()),
        ("server_host", host_and_port(issuer.as_str())),
        ("base", issuer.join("")),
        ("authorization_endpoint", issuer.join("/authorize")),
        ("token_endpoint", issuer.join("/oauth2/token")),
        ("userinfo_endpoint", issuer.join("/userinfo")),
        ("end_session_endpoint", issuer.join("/logout")),
        ("end_session_endpoint_encoded", encoded(&issuer.join("/logout"))),
        ("verify_endpoint", issuer.join("/oauth2/verify")),
        ("server", issuer.origin()),
        ("server_path", issuer.path().to_owned()),
        ("discovery", issuer.join("/.well-known/openid-configuration")),
        ("jwks_uri", issuer.join("/.well-known/jwks.json")),
    ]
}

fn of_program(url: Option<&str>) -> Vec<(&'static str, String)> {
    let url = url.unwrap_or_default().trim_end_matches('/');
    let parsed = Url::parse(url).ok();
    let part = |part: fn(&Url) -> String| parsed.as_ref().map(part).unwrap_or_default();
    vec![
        ("url", url.to_owned()),
        ("url_encoded", encoded(url)),
        ("origin", part(|url| url.origin().ascii_serialization())),
        ("path", part(|url| url.path().to_owned())),
        ("hostname", part(|url| url.host_str().unwrap_or_default().to_owned())),
        ("https", part(|url| (url.scheme() == "https").to_string())),
    ]
}

/// The port only where it is not the usual one.
fn host_and_port(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl Preset {
    /// The configuration to paste. The text is walked once, so that no value
    /// is taken for a place.
    pub fn snippet(&self, values: &Values) -> String {
        let mut parts = self.snippet.split("<<");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once(">>") {
                Some((name, rest)) => {
                    let value = values.0.iter().find(|(known, _)| *known == name);
                    filled.push_str(value.map_or("", |(_, value)| value));
                    filled.push_str(rest);
                }
                None => filled.push_str(part),
            }
        }
        filled
    }

    /// The names of the places in its snippet.
    #[cfg(test)]
    fn places(&self) -> Vec<&str> {
        self.snippet.split("<<").skip(1).filter_map(|part| part.split(">>").next()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::all;

    fn values() -> Values {
        let mut values = of_program(Some("https://app.example.com/tools/"));
        let others = [
            "issuer",
            "server_host",
            "base",
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "end_session_endpoint",
            "end_session_endpoint_encoded",
            "verify_endpoint",
            "server",
            "server_path",
            "discovery",
            "jwks_uri",
            "client_id",
            "client_id_encoded",
            "client_secret",
            "redirect_uri",
            "audience",
            "signing_alg",
            "random",
        ];
        values.extend(others.map(|name| (name, format!("[{name}]"))));
        Values(values)
    }

    #[test]
    fn every_place_has_a_value() {
        let values = values();
        for preset in all() {
            let filled = preset.snippet(&values);
            assert!(!filled.contains("<<") && !filled.contains(">>"), "{filled}");
            for place in preset.places() {
                assert!(values.0.iter().any(|(name, _)| *name == place), "{}: {place}", preset.name);
            }
            assert!(preset.needs.is_api || preset.places().contains(&"client_id"), "{}", preset.name);
        }
    }

    /// A confidential program gets its secret, a public one has none to show.
    #[test]
    fn the_secret_is_in_the_snippets_that_need_it() {
        use crate::oauth::AuthMethod;
        for preset in all().filter(|preset| !preset.needs.is_api) {
            let public = preset.needs.auth_method == AuthMethod::None;
            assert_eq!(preset.places().contains(&"client_secret"), !public, "{}", preset.name);
        }
    }

    #[test]
    fn a_host_has_its_port_where_it_is_unusual() {
        assert_eq!(host_and_port("https://id.test/auth"), "id.test");
        assert_eq!(host_and_port("http://[::1]:8080"), "[::1]:8080");
    }

    #[test]
    fn the_address_is_taken_apart() {
        let nginx = super::super::find("nginx").unwrap().snippet(&values());
        assert!(nginx.contains("audience=https%3A%2F%2Fapp.example.com%2Ftools;"), "{nginx}");
        assert!(nginx.contains("location /tools {"), "{nginx}");
    }
}
