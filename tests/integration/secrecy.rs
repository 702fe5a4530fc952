//! No secret is ever written down: not in a log, however talkative, and not in
//! the database, where digests are kept.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use porteiro::keys::SigningKey;
use porteiro::oauth::{Algorithm, AuthMethod, GrantType};
use porteiro::secret::base64url;
use serde_json::{Value, json};

use crate::support::{
    Answer, CALLBACK, Credentials, ISSUER, Log, PASSWORD, Secrets, TestServer, dump, source,
};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// SECURITY-CASES 262: secrets are looked up by their digest, or compared in a
/// time that tells nothing.
#[test]
fn no_secret_is_compared_byte_by_byte() {
    for (file, text) in source::files("src") {
        let own = source::without_comments(text.split("#[cfg(test)]").next().unwrap_or_default());
        for line in own.lines() {
            let compared = line.contains(".reveal() ==") || line.contains(".reveal() !=");
            let compared =
                compared || line.rsplit_once("==").is_some_and(|(_, right)| right.contains(".reveal()"));
            assert!(!compared, "{}: {line}", file.display());
        }
    }
    let [one, same, other] = ["a secret", "a secret", "a secreu"].map(porteiro::secret::Secret::new);
    assert!(one == same && one != other);
    let own = |(file, _): &(PathBuf, String)| file == Path::new("secret.rs");
    let source = source::files("src").into_iter().find(own).unwrap().1;
    let (_, derived) = source.split_once("impl PartialEq for Secret").unwrap();
    assert!(derived.contains("same("), "it compares in constant time");
}

/// A person, a code with PKCE, refreshes, retries, a wrong password, logout.
async fn people_come_and_go(server: &TestServer, secrets: &mut Secrets) {
    server.person("alice", |_| {}).await;
    secrets.add("password", PASSWORD);
    let client = server.dashboard("web", |client| client.skip_consent = false).await;
    secrets.add("client secret", &client.client_secret);
    let browser = server.browser();
    let login = browser.follow("/login").await;
    let wrong = [("username", "alice"), ("password", "wrong-but-close"), ("decision", "login")];
    secrets.add("wrong password", "wrong-but-close");
    browser.submit(&login, &wrong).await;
    for cookie in browser.cookie_values() {
        secrets.add("cookie before login", cookie);
    }
    browser.sign_in("alice").await;

    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("client_id", "web"), ("redirect_uri", CALLBACK)])
        .extend_pairs([("scope", "openid email offline_access"), ("state", "af0ifjsldkj-state")])
        .extend_pairs([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")])
        .finish();
    let consent = browser.follow(&format!("/authorize?{query}")).await.is_ok();
    let answer = browser.submit(&consent, &[("decision", "allow")]).await;
    let code = crate::support::parameter(answer.header("location"), "code").unwrap();
    secrets.add("code", &code);
    secrets.add("verifier", VERIFIER);
    for cookie in browser.cookie_values() {
        secrets.add("cookie", cookie);
    }
    let wrong = "wrong-verifier-wrong-verifier-wrong-verifier-0";
    secrets.add("wrong verifier", wrong);
    redeem(server, &client, &code, wrong).await.is_error(400, "invalid_grant");
    let tokens = redeem(server, &client, &code, VERIFIER).await.is_ok().json();
    secrets.add_tokens(&tokens);
    use_tokens(server, &client, &tokens, secrets).await;
    redeem(server, &client, &code, VERIFIER).await.is_error(400, "invalid_grant");
    browser.get("/logout").await;
}

async fn redeem(server: &TestServer, client: &Credentials, code: &str, verifier: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ];
    server.post("/oauth2/token").basic(client).form(&form).await
}

async fn use_tokens(server: &TestServer, client: &Credentials, tokens: &Value, secrets: &mut Secrets) {
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    for _ in 0..2 {
        let next = server.post("/oauth2/token").basic(client).form(&form).await.is_ok().json();
        secrets.add_tokens(&next);
    }
    server.get("/userinfo").bearer(access).send().await.is_ok();
    server.post("/userinfo").form(&[("access_token", access)]).await.is_ok();
    for token in [access, refresh] {
        server.post("/oauth2/introspect").basic(client).form(&[("token", token)]).await.is_ok();
        server.get(&format!("/oauth2/verify?token={token}")).bearer(token).send().await;
        server.get(&format!("/userinfo?access_token={token}")).send().await;
        let query = format!("/oauth2/token?refresh_token={token}&client_secret={}", client.client_secret);
        server.post(&query).basic(client).form(&form).await.is_error(400, "invalid_request");
    }
    server.post("/oauth2/revoke").basic(client).form(&[("token", access)]).await.is_ok();
    server.get("/userinfo").bearer(access).send().await;
}

/// Machines by secret, by password of a person, and by signature.
async fn machines_come_and_go(server: &TestServer, secrets: &mut Secrets) {
    let machine = server.machine("machine", |client| client.grant_types.push(GrantType::Password)).await;
    secrets.add("client secret", &machine.client_secret);
    let token = server.token(&machine).await;
    secrets.add("access token", &token);
    let form = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    let tokens = server.post("/oauth2/token").basic(&machine).form(&form).await.is_ok().json();
    secrets.add_tokens(&tokens);
    let guessed = Credentials { client_secret: "guessed-secret".into(), ..machine.clone() };
    secrets.add("guessed secret", "guessed-secret");
    server.post("/oauth2/token").basic(&guessed).form(&form).await.is_error(401, "invalid_client");

    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let jwks = json!({"keys": [key.jwk()]});
    server
        .machine("k1", |client| {
            client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
            client.jwks = Some(jwks);
        })
        .await;
    let now = server.app.now().seconds();
    for (jti, aud, status) in [("1", ISSUER, 200), ("1", ISSUER, 401), ("2", "https://elsewhere.test", 401)] {
        let claims = json!({"iss": "k1", "sub": "k1", "aud": aud, "exp": now + 60, "jti": jti});
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&json!({"alg": "EdDSA", "kid": key.kid()})), part(&claims));
        let assertion = format!("{message}.{}", base64url(&key.sign(message.as_bytes()).unwrap()));
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = [("client_assertion_type", kind), ("client_assertion", &assertion), form[0]];
        let form = [form[0], form[1], ("grant_type", "client_credentials")];
        let answer = server.post("/oauth2/token").form(&form).await;
        assert_eq!(answer.status, status);
        secrets.add("assertion", assertion);
    }
}

contract! {
    /// SECURITY-CASES 259 and 261: RFC 6749 §10.3.
    async fn no_secret_is_found_in_logs_or_in_the_database(server: TestServer) {
        let log = Log::capture();
        let mut secrets = Secrets::default();
        people_come_and_go(&server, &mut secrets).await;
        machines_come_and_go(&server, &mut secrets).await;
        assert!(secrets.len() > 20);

        server.app.failures.flush().await.unwrap();
        let everything = dump(&server.app.store).await;
        let looked_at = String::from_utf8_lossy(&everything);
        for known in ["alice", "alice@example.org", "machine", CALLBACK, "$argon2id$"] {
            assert!(looked_at.contains(known), "the database was not read: {known}");
        }
        assert_eq!(secrets.found_in(&everything), Vec::<&str>::new(), "in the database");

        let text = log.text();
        for known in ["/oauth2/token", "/authorize", "it was used before"] {
            assert!(text.contains(known), "the log was not read: {known}");
        }
        // SQLite's driver logs in a thread of its own, see the test below.
        assert_eq!(text.contains("INSERT INTO token"), !server.app.store.is_sqlite());
        secrets.add("e-mail", "alice@example.org");
        assert_eq!(secrets.found_in(text.as_bytes()), Vec::<&str>::new(), "in the log");
    }

    /// SECURITY-CASES 260: no line of the log is written by a stranger.
    async fn control_characters_are_escaped_in_logs(server: TestServer) {
        let log = Log::capture();
        let evil = "x\n2027-01-15 ERROR forged\r\x1b[31mred\u{202e}";
        let form = [("grant_type", "client_credentials"), ("client_id", evil), ("client_secret", evil)];
        server.post("/oauth2/token").form(&form).await.is_error(401, "invalid_client");
        let browser = server.browser();
        let page = browser.follow("/login").await;
        browser.submit(&page, &[("username", evil), ("password", evil), ("decision", "login")]).await;
        server.get("/%0a%1b[31mforged").send().await;
        let text = log.text();
        assert!(text.contains("/oauth2/token"), "the log was not read");
        assert!(!text.contains('\x1b') && !text.contains('\r') && !text.contains('\u{202e}'), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("2027-01-15 ERROR")), "{text}");
    }
}

/// SECURITY-CASES 259: the program itself, with every thread and library.
#[test]
fn a_talkative_server_process_logs_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let log = folder.path().join("log");
    let mut server = Process(
        Command::new(env!("CARGO_BIN_EXE_porteiro"))
            .args([
                "dev",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--issuer",
                &format!("http://localhost:{port}"),
            ])
            .env_clear()
            .env("PORTEIRO_LOG__LEVEL", "trace")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap(),
    );
    let mut printed = BufReader::new(server.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut secrets = Secrets::default();
    let mut client_secret = None;
    while secrets.len() < 3 {
        let line = printed.next().expect("a server that prints its secrets");
        if let Some((_, secret)) = line.split_once("pcs_") {
            client_secret.get_or_insert_with(|| format!("pcs_{secret}"));
            secrets.add("printed", format!("pcs_{secret}"));
        }
    }
    let client_secret = client_secret.unwrap();
    let body = format!("grant_type=client_credentials&client_id=demo&client_secret={client_secret}");
    let form = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(port, &format!("POST /oauth2/token?x={client_secret} HTTP/1.1\r\n"), &form);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let answer = exchange(port, "POST /oauth2/token HTTP/1.1\r\n", &form);
    let tokens: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    secrets.add_tokens(&tokens);
    let bearer = format!("Authorization: Bearer {}\r\n\r\n", tokens["access_token"].as_str().unwrap());
    assert!(exchange(port, "GET /oauth2/verify HTTP/1.1\r\n", &bearer).starts_with("HTTP/1.1 200"));
    // Told to stop, it writes what it has still to write.
    let id = server.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.0.wait().unwrap().success());

    let text = fs::read_to_string(log).unwrap();
    assert!(text.contains("INSERT INTO token") && text.contains("/oauth2/verify"), "the log was not read");
    assert_eq!(secrets.found_in(text.as_bytes()), Vec::<&str>::new());
}

/// A process that ends with the test, however that ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One request on a connection of its own, its head from the first line on
/// and the rest.
fn exchange(port: u16, first: &str, rest: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("{first}Host: localhost\r\nConnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
