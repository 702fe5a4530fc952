//! The administration API does what its own description says: every operation
//! of `/openapi.json` is called as it is described there.

use porteiro::store::TokenFilter;
use serde_json::{Value, json};

use crate::support::{ADMIN, Answer, TestServer};

/// One operation of the description.
struct Described {
    method: String,
    path: String,
    about: Value,
}

async fn description(server: &TestServer) -> Value {
    server.get("/openapi.json").send().await.is_ok().json()
}

/// All of them: what creates comes first, what deletes comes last, and the
/// parts before the whole.
fn operations(document: &Value) -> Vec<Described> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            all.push(Described { method: method.clone(), path: path.clone(), about: about.clone() });
        }
    }
    all.sort_by_key(|operation| {
        let creates = operation.id().starts_with("create");
        let deletes = operation.method == "delete";
        (!creates, deletes, usize::MAX - operation.path.len())
    });
    all
}

impl Described {
    fn id(&self) -> &str {
        self.about["operationId"].as_str().unwrap()
    }

    fn scope(&self) -> &str {
        self.about["security"][0]["oauth2"][0].as_str().unwrap()
    }

    fn parameters(&self, place: &str) -> Vec<&str> {
        let all = self.about["parameters"].as_array().unwrap().iter();
        all.filter(|one| one["in"] == place).map(|one| one["name"].as_str().unwrap()).collect()
    }

    /// The example of the schema of its body.
    fn body(&self, document: &Value) -> Option<Value> {
        let content = self.about["requestBody"]["content"].as_object()?.values().next()?;
        Some(resolved(document, &content["schema"])["examples"][0].clone())
    }

    /// The one answer of success.
    fn success(&self) -> (u16, &Value) {
        let answers = self.about["responses"].as_object().unwrap();
        let (status, answer) = answers.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        (status.parse().unwrap(), &answer["content"]["application/json"]["schema"])
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(pointer) => {
            document.pointer(pointer.trim_start_matches('#')).unwrap_or_else(|| panic!("{pointer}"))
        }
        None => schema,
    }
}

/// The properties and required members of an object, with those it extends.
fn members<'a>(document: &'a Value, schema: &'a Value) -> (Vec<(&'a String, &'a Value)>, Vec<&'a str>) {
    let schema = resolved(document, schema);
    let mut properties: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    let mut required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = members(document, part);
        properties.extend(more);
        required.extend(needed);
    }
    (properties, required)
}

/// What of a value the schema does not say, or says otherwise.
fn lies(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = resolved(document, schema);
    if let Some(choices) = schema["anyOf"].as_array() {
        let found: Vec<_> = choices.iter().map(|choice| lies(document, choice, value, place)).collect();
        return if found.iter().any(Vec::is_empty) { Vec::new() } else { found.concat() };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let named = &schema["type"];
    let fits = named == kind || named.as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind));
    let mut lies_found = Vec::new();
    if !fits && schema["allOf"].is_null() {
        lies_found.push(format!("{place} is {kind}, not {named}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        lies_found.push(format!("{place} is {value}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        lies_found.extend(lies(document, &schema["items"], item, &format!("{place}[{index}]")));
    }
    let (properties, required) = members(document, schema);
    if let Some(object) = value.as_object().filter(|_| !properties.is_empty()) {
        lies_found.extend(
            required
                .iter()
                .filter(|name| !object.contains_key(**name))
                .map(|n| format!("{place}.{n} is missing")),
        );
        for (name, member) in object {
            match properties.iter().rev().find(|(known, _)| *known == name) {
                Some((_, schema)) => {
                    lies_found.extend(lies(document, schema, member, &format!("{place}.{name}")))
                }
                None => lies_found.push(format!("{place}.{name} is not described")),
            }
        }
    }
    lies_found
}

/// A session of maria, a token of hers, a machine's token that may not
/// administer, and one that may.
struct Stage<'a> {
    server: &'a TestServer,
    admin: String,
    other: String,
    jti: String,
    sid: String,
}

impl<'a> Stage<'a> {
    async fn set(server: &'a TestServer) -> Self {
        let admin = server.administration().await;
        let machine =
            server.machine("reader", |client| client.scope = "revocations.read".parse().unwrap()).await;
        let other = server.token(&machine).await;
        let filter = TokenFilter { client_id: Some("reader".into()), limit: 1, ..TokenFilter::default() };
        let jti = server.app.store.tokens(&filter).await.unwrap()[0].jti.to_string();
        Self { server, admin, other, jti, sid: String::new() }
    }

    /// The path with something real in place of its parameters.
    fn path(&self, operation: &Described) -> String {
        let path = operation.path.replace("{client_id}", "reports").replace("{user}", "maria");
        path.replace("{sid}", &self.sid)
    }

    /// A value for a parameter of a query.
    fn value(&self, name: &str) -> &str {
        match name {
            "page_size" => "1",
            "client_id" => "reports",
            "user" => "maria",
            "jti" | "request_id" | "object" => &self.jti,
            "expired" => "true",
            "since" => "2026-01-31T12:00:00Z",
            "until" => "2099-01-31T12:00:00Z",
            "act" => "user",
            "actor" => "client:ops",
            "outcome" => "done",
            _ => "",
        }
    }

    async fn call(&self, token: &str, operation: &Described, query: &str, body: Option<&Value>) -> Answer {
        let call = format!("{} {}{query}", operation.method, self.path(operation));
        self.server.api(token, &call, body).await
    }

    /// What everybody else gets who calls it, or calls it otherwise.
    async fn is_guarded(&self, operation: &Described) {
        let path = format!("/api/v1{}", self.path(operation));
        let method = operation.method.to_uppercase().parse().unwrap();
        self.server.call(method, &path).send().await.is_challenge(None, "token_missing");
        self.call("nonsense", operation, "", None)
            .await
            .is_challenge(Some("invalid_token"), "token_malformed");
        let answer = self.call(&self.other, operation, "", None).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error_code"]),
            (403, &json!("insufficient_scope"))
        );
        self.call(&self.admin, operation, "?nosuch=1", None).await.is_error(400, "invalid_request");
    }

    /// That each parameter of the query is taken, and held to what it is.
    async fn takes_its_query(&self, operation: &Described) {
        for name in operation.parameters("query") {
            let value = self.value(name);
            if !value.is_empty() {
                self.call(&self.admin, operation, &format!("?{name}={value}"), None).await.is_ok();
            }
        }
        let wrong: &[&str] = if operation.parameters("query").contains(&"page_size") {
            &[
                "page_size=0",
                "page_size=-1",
                "page_size=65536",
                "page_size=x",
                "cursor=x",
                "cursor=AAAAAAAAAAAAAAAAAAAAAA",
            ]
        } else {
            &[]
        };
        for wrong in wrong {
            self.call(&self.admin, operation, &format!("?{wrong}"), None)
                .await
                .is_error(400, "invalid_request");
        }
    }
}

contract! {
    /// SECURITY-CASES 263 and 264, for every operation there is.
    async fn every_operation_is_as_it_is_described(server: TestServer) {
        let document = description(&server).await;
        let mut stage = Stage::set(&server).await;
        let operations = operations(&document);
        assert!(operations.len() > 25, "{}", operations.len());
        for operation in &operations {
            if stage.sid.is_empty() && operation.path.contains("{sid}") {
                continue;
            }
            stage.is_guarded(operation).await;
            let body = operation.body(&document).map(|mut body| {
                if operation.id() == "inspectToken" {
                    body["jti"] = json!(stage.jti);
                }
                body
            });
            let answer = stage.call(&stage.admin, operation, "", body.as_ref()).await;
            let (status, schema) = operation.success();
            assert_eq!(answer.status.as_u16(), status, "{}: {answer:?}", operation.id());
            assert!(answer.header("cache-control").contains("no-store"), "{}", operation.id());
            if schema.is_null() {
                assert!(answer.body.is_empty(), "{answer:?}");
            } else {
                let lies = lies(&document, schema, &answer.json(), operation.id());
                assert_eq!(lies, Vec::<String>::new());
            }
            stage.takes_its_query(operation).await;
            if operation.id() == "createUser" {
                let browser = server.browser();
                browser.sign_in("maria").await;
                let sessions = server.api(&stage.admin, "get /users/maria/sessions", None).await.json();
                stage.sid = sessions["sessions"][0]["sid"].as_str().unwrap().to_owned();
            }
        }
        assert!(!stage.sid.is_empty());
    }

    /// A right that is not named for an operation does not open it.
    async fn looking_and_changing_are_two_rights(server: TestServer) {
        let document = description(&server).await;
        let machine = server.machine("half", |client| client.scope = ADMIN.parse().unwrap()).await;
        let mut stage = Stage::set(&server).await;
        stage.sid.clone_from(&stage.jti);
        for operation in &operations(&document) {
            let other = ADMIN.split(' ').find(|scope| *scope != operation.scope()).unwrap();
            let token = server.token_for(&machine, other).await;
            assert_eq!(stage.call(&token, operation, "", None).await.status.as_u16(), 403, "{}", operation.id());
        }
    }

    /// SECURITY-CASES 258: what is typed into a parameter is looked for, never run.
    async fn no_parameter_is_run(server: TestServer) {
        let document = description(&server).await;
        let stage = Stage::set(&server).await;
        for typed in ["'%20OR%201=1--", "%25'%20AND%20pg_sleep(5)--", "%00", "%ff", "..%2f..%2fkeys", "%F0%9F%94%91"] {
            for operation in operations(&document).iter().filter(|operation| operation.method != "delete") {
                let path = ["{client_id}", "{user}", "{sid}"].iter().fold(operation.path.clone(), |p, n| p.replace(n, typed));
                let queries = operation.parameters("query").into_iter();
                let mut calls: Vec<_> = queries.map(|name| format!("get {path}?{name}={typed}")).collect();
                if path.contains(typed) {
                    calls.push(format!("{} {path}", operation.method));
                }
                for call in calls {
                    let started = std::time::Instant::now();
                    let status = server.api(&stage.admin, &call, Some(&json!({}))).await.status;
                    assert!(!status.is_server_error() && started.elapsed().as_secs() < 4, "{call}: {status}");
                    if path.contains(typed) && operation.method != "get" {
                        assert!(status.is_client_error(), "{call}: {status}");
                    }
                }
            }
        }
    }

    /// Every member that is described can be sent, and none besides.
    async fn the_members_described_are_those_of_the_registrations(server: TestServer) {
        let document = description(&server).await;
        let schemas = &document["components"]["schemas"];
        for (schema, known) in [("Client", full_client()), ("User", full_user())] {
            let described = schemas[schema]["properties"].as_object().unwrap().keys();
            let known = known.as_object().unwrap().keys();
            assert_eq!(described.collect::<Vec<_>>(), known.collect::<Vec<_>>());
        }
    }

    /// The page and the reference say what the description says.
    async fn the_page_and_the_reference_name_every_operation(server: TestServer) {
        let document = description(&server).await;
        let page = server.get("/docs").send().await.is_ok();
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        let reference = std::fs::read_to_string("docs/reference/administration-api.md").unwrap();
        let rows = reference.lines().filter(|line| line.starts_with("| `")).count();
        let operations = operations(&document);
        assert_eq!(rows, operations.len());
        for operation in &operations {
            let named = format!("{} {}", operation.method.to_uppercase(), operation.path);
            let summary = operation.about["summary"].as_str().unwrap();
            assert!(page.text().contains(&format!("<code>{named}</code>")), "{named}");
            assert!(reference.contains(&format!("| `{named}` | {summary} | `{}` |", operation.scope())), "{named}");
        }
        for schema in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(page.text().contains(&format!("id=\"object-{schema}\"")), "{schema}");
        }
    }

    /// SECURITY-CASES 270: who wants none of it has none of it.
    async fn the_api_can_be_turned_off(server: TestServer) {
        let token = server.administration().await;
        let off = server.replica(&[("ADMIN__API", "false")]).await;
        for path in ["/openapi.json", "/docs"] {
            off.get(path).send().await.is_error(404, "invalid_request");
        }
        off.api(&token, "get /clients", None).await.is_error(404, "invalid_request");
        off.get("/oauth2/verify").bearer(&token).send().await.is_ok();
    }
}

fn full_client() -> Value {
    let text = || Some(String::from("x"));
    let lifetime = Some(std::time::Duration::from_secs(60));
    let client = porteiro::store::Client {
        client_name: text(),
        access_token_lifetime: lifetime,
        refresh_token_lifetime: lifetime,
        claim_mapping: serde_json::from_value(json!([{"claim": "a", "value": "b"}])).unwrap(),
        jwks: Some(json!({})),
        backchannel_logout_uri: text(),
        client_uri: text(),
        logo_uri: text(),
        ..porteiro::store::Client::new("full", porteiro::clock::Timestamp(0))
    };
    serde_json::to_value(porteiro::admin::ClientView::of(&client)).unwrap()
}

fn full_user() -> Value {
    let mut profile = json!({});
    for name in [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
    ] {
        profile[name] = json!("x");
    }
    profile["phone_number_verified"] = json!(true);
    profile["address"] = json!({});
    let now = porteiro::clock::Timestamp(0);
    let user = porteiro::store::User {
        email: Some("x".into()),
        profile: serde_json::from_value(profile).unwrap(),
        ..porteiro::store::User::new("full", &porteiro::random::Random::seeded(1), now).unwrap()
    };
    serde_json::to_value(porteiro::admin::PersonView::of(&user)).unwrap()
}
