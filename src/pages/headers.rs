//! What every page tells the browser besides its HTML.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::ClientView;

/// The script of the page that posts itself; the only one there is.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

static SUBMIT_HASH: LazyLock<String> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, SUBMIT.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest.as_ref()))
});

/// Where the forms of a page may lead, in the end.
#[derive(Clone, Copy)]
pub(super) enum FormTarget<'a> {
    /// The page has links only.
    None,
    /// Our own endpoints.
    Ourselves,
    /// Our own endpoints, whose answer redirects to a client: browsers hold
    /// `form-action` against that redirect too, and against the next ones.
    Client(ClientView<'a>),
    /// Straight to a client, by the page that posts itself.
    Post(ClientView<'a>),
}

/// A page with the headers of RFC 9700 §4.2.4 (nothing cached, no referrer)
/// and RFC 6749 §10.13 (no framing).
/// `base` is the address that its style sheet lies below.
pub(super) fn page(status: StatusCode, html: String, target: FormTarget<'_>, base: &str) -> Response {
    let mut response = (status, Body::from(html)).into_response();
    let headers = response.headers_mut();
    for (name, value) in COMMON {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(policy(target, source(base))) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const COMMON: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

fn policy(target: FormTarget<'_>, own: String) -> String {
    let forms = match target {
        FormTarget::None => "'none'".to_owned(),
        FormTarget::Ourselves => "'self'".to_owned(),
        FormTarget::Client(client) => format!("'self' {}", sources(client)),
        FormTarget::Post(client) => sources(client),
    };
    let script = match target {
        FormTarget::Post(_) => format!("script-src {}; ", *SUBMIT_HASH),
        _ => String::new(),
    };
    format!(
        "default-src 'none'; {script}style-src {own}; img-src {own}; form-action {forms}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Every address of a client. A developer's has parts on several ports of the
/// same machine.
fn sources(client: ClientView<'_>) -> String {
    let mut sources: Vec<String> = Vec::new();
    let on_this_machine = |source: &String| {
        ["http://localhost:", "http://127.0.0.1:"].iter().any(|start| source.starts_with(start))
    };
    for source in client.addresses().filter(|address| !address.is_empty()).map(source) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    if sources.iter().any(on_this_machine) {
        sources.retain(|source| !on_this_machine(source));
        sources.extend(["http://localhost:*", "http://127.0.0.1:*"].map(str::to_owned));
    }
    sources.join(" ")
}

/// The origin of an address as a CSP source; its scheme where the grammar has
/// no form for the origin (private-use schemes, IPv6 addresses). A path alone
/// is of the page's own origin.
fn source(address: &str) -> String {
    let Ok(uri) = Url::parse(address) else { return "'self'".to_owned() };
    let origin = uri.origin().ascii_serialization();
    // A host may hold `;`, which would begin a directive of its own.
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:/".contains(c);
    if uri.origin().is_tuple() && origin.chars().all(plain) { origin } else { format!("{}:", uri.scheme()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 61, 218.
    #[test]
    fn a_page_is_neither_cached_nor_framed_nor_named_in_a_referrer() {
        let response = page(StatusCode::OK, String::new(), FormTarget::Ourselves, "");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    }

    fn client(redirect_uri: &str) -> ClientView<'_> {
        ClientView { name: "x", redirect_uri, registered: [&[], &[]], client_uri: None }
    }

    #[test]
    fn forms_may_lead_to_the_client_of_the_flow_and_to_no_other() {
        let cases = [
            ("https://rp.test/cb?x=1", "https://rp.test"),
            ("http://[::1]:5104/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("https://a;b.test/", "https:"),
            ("not a uri; script-src *", "'self'"),
        ];
        for (redirect_uri, expected) in cases {
            assert_eq!(source(redirect_uri), expected, "{redirect_uri}");
            let policy = policy(FormTarget::Client(client(redirect_uri)), source("/auth"));
            assert!(policy.contains(&format!("form-action 'self' {expected};")), "{policy}");
            assert_eq!(policy.matches(';').count(), 5, "{policy}");
        }
    }

    /// A login may arrive at one host of a client and end at another one.
    #[test]
    fn forms_may_lead_to_every_registered_address_of_the_client() {
        let registered = ["https://rp.test/cb".to_owned(), "https://rp.test/other".to_owned()];
        let out = ["https://out.rp.test/bye".to_owned()];
        let home = Some("https://app.rp.test/");
        let view =
            ClientView { registered: [&registered, &out], client_uri: home, ..client("https://rp.test/cb") };
        assert_eq!(sources(view), "https://rp.test https://out.rp.test https://app.rp.test");
        for developed in ["http://localhost:8000/cb", "http://127.0.0.1:8000/cb"] {
            assert_eq!(sources(client(developed)), "http://localhost:* http://127.0.0.1:*", "{developed}");
        }
        assert_eq!(sources(client("")), "");
    }

    #[test]
    fn a_page_at_another_host_takes_its_style_from_ours() {
        let policy = policy(FormTarget::None, source("https://id.test/auth"));
        assert!(policy.contains("style-src https://id.test; img-src https://id.test;"), "{policy}");
    }

    #[test]
    fn only_the_page_that_posts_itself_may_run_its_one_script() {
        let policy = policy(FormTarget::Post(client("https://rp.test/cb")), source(""));
        assert!(policy.contains("script-src 'sha256-"), "{policy}");
        assert!(policy.contains("form-action https://rp.test;"), "{policy}");
    }
}
