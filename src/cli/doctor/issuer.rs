//! The issuer as the world sees it: reachable, itself, in time, and behind a
//! proxy that is known.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, header};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{CLOCK_DIFFERENCE, Finding, certificate, said};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, Issuer};
use crate::error::Error;
use crate::outbound::{Outbound, Reach, Trust};

/// The date of an answer has no fractions, and it was under way for a while.
const COARSE: Duration = Duration::from_secs(3);

/// For a connection and its handshake.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the issuer about itself.
pub async fn findings(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = proxy(config).into_iter().collect();
    let issuer = &config.issuer;
    match metadata(issuer).await {
        Ok(answer) => {
            findings.push(itself(issuer, &answer));
            findings.extend(clock(&answer, Clock::System.now()));
        }
        Err(cause) => findings.push(Finding::warning(
            "issuer_unreachable",
            format!("nobody answers at {}: {}", issuer.as_str(), said(&cause)),
            "start porteiro serve, or mend the name, the certificate or the proxy on the way there",
        )),
    }
    if issuer.is_https()
        && let Some(der) = shown_by(issuer).await
    {
        findings.push(certificate::judge(&der, "the certificate at the issuer", Clock::System.now()));
    }
    findings
}

/// TLS that is not ours ends in a proxy, whose word about addresses counts
/// only when it is known.
fn proxy(config: &Config) -> Option<Finding> {
    let ends_elsewhere = config.issuer.is_https() && config.server.tls_cert.is_none();
    (ends_elsewhere && config.server.trusted_proxies.is_empty()).then(|| {
        Finding::warning(
            "proxy_not_trusted",
            "the issuer is https:// without server.tls_cert, so a proxy is in front, and it is not in \
             server.trusted_proxies: everybody seems to come from its address and shares one limit of failed logins",
            "set server.trusted_proxies to the proxy's address, and have it set X-Forwarded-For",
        )
    })
}

async fn metadata(issuer: &Issuer) -> Result<Response<Bytes>, Error> {
    let address = issuer.join("/.well-known/openid-configuration");
    let request = Request::get(address).body(Body::empty()).map_err(Error::server_error)?;
    Ok(Outbound::new(Reach::Anywhere, Trust::Public)?.fetch(request).await?)
}

fn itself(issuer: &Issuer, answer: &Response<Bytes>) -> Finding {
    let document: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    match document["issuer"].as_str() {
        Some(said) if said == issuer.as_str() => {
            Finding::ok("issuer", format!("{said} answers and says that it is that"))
        }
        Some(said) => Finding::error(
            "issuer_differs",
            format!("the server at {} calls itself {said}: clients refuse its tokens", issuer.as_str()),
            "set issuer to the very address that clients use, on every server",
        ),
        None => Finding::error(
            "issuer_not_porteiro",
            format!("{} answers {} without metadata", issuer.as_str(), answer.status()),
            "send this address, with its path, to porteiro serve",
        ),
    }
}

fn clock(answer: &Response<Bytes>, now: Timestamp) -> Option<Finding> {
    let date = httpdate::parse_http_date(answer.headers().get(header::DATE)?.to_str().ok()?).ok()?;
    let theirs = Timestamp(i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?);
    let difference = theirs.since(now).max(now.since(theirs));
    (difference > CLOCK_DIFFERENCE + COARSE).then(|| {
        Finding::warning(
            "clock_difference",
            format!("the clocks of this machine and the issuer differ by {} s", difference.as_secs()),
            "run a time service (NTP) on both machines",
        )
    })
}

/// What the issuer shows to a browser. Nothing when there is no trust in it:
/// then the request above has failed and said why.
async fn shown_by(issuer: &Issuer) -> Option<Vec<u8>> {
    let url = url::Url::parse(issuer.as_str()).ok()?;
    let address = (url.host_str()?.to_owned(), url.port_or_known_default()?);
    let name = ServerName::try_from(address.0.clone()).ok()?;
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let shaken = timeout(PATIENCE, async {
        let stream = TcpStream::connect(address).await.ok()?;
        connector.connect(name, stream).await.ok()
    });
    let stream = shaken.await.ok()??;
    Some(stream.get_ref().1.peer_certificates()?.first()?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str, date: &str) -> Response<Bytes> {
        Response::builder().header(header::DATE, date).body(Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn who_answers_must_be_the_issuer() {
        let issuer = Issuer::parse("https://login.test/id").unwrap();
        let table = [
            (r#"{"issuer":"https://login.test/id"}"#, "issuer"),
            (r#"{"issuer":"https://login.test/id/"}"#, "issuer_differs"),
            ("<html>", "issuer_not_porteiro"),
        ];
        for (body, code) in table {
            assert_eq!(itself(&issuer, &answer(body, "")).code, code, "{body}");
        }
    }

    #[test]
    fn a_clock_that_differs_is_told() {
        let now = Timestamp(784_111_777_000);
        let at = |date| clock(&answer("", date), now).map(|finding| finding.code);
        assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), None);
        assert_eq!(at("Sun, 06 Nov 1994 08:49:20 GMT"), Some("clock_difference"));
        assert_eq!(at("nonsense"), None);
    }
}
