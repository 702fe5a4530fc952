use serde_json::json;

use super::*;

fn rules(text: Value) -> Vec<ClaimRule> {
    serde_json::from_value(text).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn person() -> Map<String, Value> {
    object(json!({
        "sub": "u1", "name": "Maria", "preferred_username": "maria",
        "groups": ["staff", "minio-read", "minio-write"],
    }))
}

/// The claims of a person after one rule for the ID token.
fn after(rule: Value) -> Map<String, Value> {
    let rules = rules(json!([rule]));
    check(&rules).unwrap();
    let mut body = person();
    apply(&rules, ClaimPlace::IdToken, Some(&person()), &mut body);
    body
}

#[test]
fn a_rule_writes_what_it_says() {
    let minio = json!(["minio-read", "minio-write"]);
    let cases = [
        (json!({"claim": "login", "from": "preferred_username"}), "login", json!("maria")),
        (json!({"claim": "policy", "from": "groups", "keep": ["minio-*"]}), "policy", minio.clone()),
        (json!({"claim": "groups", "from": "groups", "keep": ["minio-*"]}), "groups", minio),
        (json!({"claim": "groups", "from": "groups", "keep": ["staff"]}), "groups", json!(["staff"])),
        (json!({"claim": "https://api.test/tenant", "value": "t1"}), "https://api.test/tenant", json!("t1")),
        (json!({"claim": "paid", "value": false}), "paid", json!(false)),
    ];
    for (rule, claim, expected) in cases {
        assert_eq!(after(rule.clone()).get(claim), Some(&expected), "{rule}");
    }
}

#[test]
fn the_first_group_that_is_there_decides_the_role() {
    let role = |groups: Value, otherwise: Value| {
        let rule = json!({"claim": "role", "from": "groups", "otherwise": otherwise, "map": [
            {"when": "admins", "value": "Admin"}, {"when": "edit-*", "value": "Editor"},
        ]});
        let mut body = Map::new();
        let source = object(json!({"groups": groups}));
        apply(&rules(json!([rule])), ClaimPlace::Userinfo, Some(&source), &mut body);
        body.get("role").cloned()
    };
    assert_eq!(role(json!(["edit-all", "admins"]), json!("Viewer")), Some(json!("Admin")));
    assert_eq!(role(json!(["edit-all"]), json!("Viewer")), Some(json!("Editor")));
    assert_eq!(role(json!(["others"]), json!("Viewer")), Some(json!("Viewer")));
    assert_eq!(role(json!(["others"]), Value::Null), None);
}

/// Never null, never empty: what nothing is left of is left out.
#[test]
fn a_rule_without_an_outcome_leaves_the_claim_out() {
    assert_eq!(after(json!({"claim": "groups", "from": "groups", "keep": ["no-*"]})).get("groups"), None);
    assert_eq!(after(json!({"claim": "name", "from": "nickname"})).get("name"), None);
    let renamed = after(json!({"claim": "login", "from": "preferred_username", "rename": true}));
    assert_eq!((renamed.get("preferred_username"), &renamed["login"]), (None, &json!("maria")));
}

#[test]
fn a_rule_counts_only_where_it_says() {
    let rules = rules(json!([
        {"claim": "tenant", "value": "t1", "in": ["access_token"]},
        {"claim": "login", "from": "name"},
    ]));
    let written = |place, source: Option<&Map<String, Value>>| {
        let mut body = Map::new();
        apply(&rules, place, source, &mut body);
        body.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(written(ClaimPlace::AccessToken, Some(&person())), "tenant");
    assert_eq!(written(ClaimPlace::IdToken, Some(&person())), "login");
    assert_eq!(written(ClaimPlace::Userinfo, Some(&person())), "login");
    assert_eq!(written(ClaimPlace::AccessToken, None), "tenant");
    assert_eq!(written(ClaimPlace::Userinfo, None), "");
}

#[test]
fn a_rule_that_cannot_be_meant_is_refused() {
    let cases = [
        json!({"claim": "sub", "from": "name"}),
        json!({"claim": "aud", "value": "x"}),
        json!({"claim": "", "value": "x"}),
        json!({"claim": "two words", "value": "x"}),
        json!({"claim": "x"}),
        json!({"claim": "x", "from": "name", "value": "y"}),
        json!({"claim": "x", "value": "y", "rename": true}),
        json!({"claim": "x", "from": "sub", "rename": true}),
        json!({"claim": "x", "from": "groups", "otherwise": "y"}),
        json!({"claim": "x", "from": "g", "keep": ["a"], "map": [{"when": "a", "value": 1}]}),
        json!({"claim": "x", "value": ""}),
        json!({"claim": "x", "value": []}),
        json!({"claim": "x", "value": "y".repeat(2000)}),
        json!({"claim": "x", "value": "y", "in": []}),
    ];
    for rule in cases {
        assert!(check(&rules(json!([rule]))).is_err(), "{rule}");
    }
    let twice = json!([{"claim": "x", "value": 1}, {"claim": "x", "value": 2, "in": ["userinfo"]}]);
    assert!(check(&rules(twice)).is_err());
    let apart = json!([{"claim": "x", "value": 1, "in": ["id_token"]}, {"claim": "x", "value": 2, "in": ["userinfo"]}]);
    assert!(check(&rules(apart)).is_ok());
    assert!(serde_json::from_value::<ClaimRule>(json!({"claim": "x", "value": 1, "vlaue": 2})).is_err());
}

/// What the how-to page shows can be pasted.
#[test]
fn the_rules_of_the_documentation_are_accepted() {
    let page = include_str!("../../../docs/how-to/change-claims.md");
    let shown = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let rules: Vec<ClaimRule> = serde_json::from_str(shown).unwrap();
    assert_eq!(rules.len(), 4);
    check(&rules).unwrap();
}
