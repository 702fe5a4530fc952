//! Calls that the server makes: whom it trusts.

use std::sync::Arc;

use porteiro::outbound::{Failure, Outbound, Reach, Trust};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// Answers one request over TLS after another, with a certificate that it made
/// itself. Returns its address and a file with the certificate.
async fn tls_server(name: &str) -> (Url, TempDir) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), cert.pem()).unwrap();
    (Url::parse(&format!("https://127.0.0.1:{port}/out")).unwrap(), folder)
}

fn loopback() -> Reach {
    Reach::Internet(["127.0.0.0/8".parse().unwrap()].into())
}

#[tokio::test]
async fn a_certificate_of_our_own_is_trusted_when_it_is_named() {
    let (url, folder) = tls_server("127.0.0.1").await;
    let stranger = Outbound::new(loopback(), Trust::Public).unwrap();
    let outcome = stranger.post_form(&url, String::new()).await;
    assert!(matches!(outcome, Err(Failure::Broken(_))), "{outcome:?}");
    let ours = Outbound::new(loopback(), Trust::PublicAnd(&folder.path().join("ca.pem"))).unwrap();
    assert_eq!(ours.post_form(&url, String::new()).await.unwrap(), 204);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let (url, folder) = tls_server("rp.test").await;
    let outbound = Outbound::new(loopback(), Trust::PublicAnd(&folder.path().join("ca.pem"))).unwrap();
    let outcome = outbound.post_form(&url, String::new()).await;
    assert!(matches!(outcome, Err(Failure::Broken(_))), "{outcome:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refused =
        Outbound::new(loopback(), Trust::Only(std::path::Path::new("/nowhere/ca.pem"))).unwrap_err();
    assert!(refused.to_string().contains("/nowhere/ca.pem"), "{refused}");
}

/// SECURITY-CASES 252: who never answers is not waited for.
#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/out", listener.local_addr().unwrap())).unwrap();
    let outbound = Outbound::new(loopback(), Trust::Public).unwrap();
    let outcome = outbound.post_form(&url, String::new()).await;
    assert!(matches!(outcome, Err(Failure::TimedOut(_))), "{outcome:?}");
}
