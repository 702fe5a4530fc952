//! `porteiro user` as a script calls it.

use porteiro::password::Hasher;
use porteiro::secret::Secret;
use serde_json::{Value, json};

use crate::support::Database;
use crate::support::command::porteiro;

const PASSWORD: [&str; 2] = ["--password-file", "-"];

fn user(database: &Database, arguments: &[&str]) -> Value {
    let ran = porteiro(database, &[&["user"], arguments].concat(), "wonderland\n");
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    ran.json
}

fn created(database: &Database, arguments: &[&str]) -> Value {
    user(database, &[&["create"], arguments, &PASSWORD].concat())
}

async fn has_password(database: &Database, login: &str, password: &str) -> bool {
    let kept = database.store.user_by_login(login).await.unwrap().unwrap().password.unwrap();
    let hasher = Hasher::new(64, 1, 1, 1).unwrap();
    hasher.verify(Some(&kept.0), &Secret::new(password)).await.unwrap()
}

contract! {
    /// OpenID Connect Core §5.1.
    async fn a_person_is_shown_with_the_claims_they_have_and_nothing_of_the_password(database: Database) {
        let shown = created(&database, &[
            "Alice", "--email", "alice@example.com", "--email-verified", "--name", "Alice Liddell",
            "--given-name", "Alice", "--family-name", "Liddell", "--phone", "+441865276150", "--locale", "en-GB",
            "--group", "tea", "--group", "croquet", "--role", "guest", "--admin",
        ]);
        assert_eq!(user(&database, &["show", "ALICE@example.com"]), shown);
        assert_eq!(user(&database, &["list"]), json!([shown]));
        let members = shown.as_object().unwrap();
        assert!(members.keys().all(|name| !name.contains("password")), "{members:?}");
        assert_eq!((&shown["groups"], &shown["roles"]), (&json!(["tea", "croquet"]), &json!(["guest"])));
        assert_eq!((&shown["phone_number"], &shown["locale"]), (&json!("+441865276150"), &json!("en-GB")));
        assert_eq!((&shown["admin"], &shown["email_verified"]), (&json!(true), &json!(true)));
        assert!(has_password(&database, "alice", "wonderland").await);
    }

    /// OpenID Connect Core §5.1: every claim of the scopes profile, phone and address.
    async fn all_that_a_person_may_say_of_themselves_can_be_set(database: Database) {
        let given = [
            ("middle_name", "Pleasance"), ("nickname", "Al"), ("profile", "https://example.com/alice"),
            ("picture", "https://example.com/alice.png"), ("website", "https://alice.example.com/"),
            ("gender", "female"), ("birthdate", "1852-05-04"), ("zoneinfo", "Europe/London"),
        ];
        let flags: Vec<String> = given.iter().map(|(claim, value)| format!("--{}={value}", claim.replace('_', "-"))).collect();
        let mut arguments: Vec<&str> = vec!["alice", "--phone", "+441865276150", "--phone-verified"];
        arguments.extend(["--address", r#"{"locality":"Oxford","country":"GB"}"#]);
        arguments.extend(flags.iter().map(String::as_str));
        let shown = created(&database, &arguments);
        for (claim, value) in given {
            assert_eq!(shown[claim], value, "{claim}");
        }
        assert_eq!(shown["address"], json!({"locality": "Oxford", "country": "GB"}));
        assert_eq!(shown["phone_number_verified"], json!(true));
        let moved = user(&database, &["update", "alice", "--phone", "+441865276151", "--address", "", "--birthdate", ""]);
        assert_eq!(moved.get("phone_number_verified"), None, "nobody called the new number");
        assert_eq!((moved.get("address"), moved.get("birthdate")), (None, None));
        for wrong in [["--birthdate", "4 May"], ["--picture", "alice.png"], ["--address", "{}x"]] {
            let ran = porteiro(&database, &["user", "update", "alice", wrong[0], wrong[1]], "");
            assert_eq!(ran.code, Some(2), "{wrong:?}");
        }
    }

    async fn an_update_changes_what_is_given_and_leaves_the_rest(database: Database) {
        let before = created(&database, &["bob", "--email", "b@example.com", "--email-verified", "--group", "x"]);
        let after = user(&database, &["update", "bob", "--name", "Bob", "--group", "y", "--group", "z"]);
        assert_eq!((&after["name"], &after["groups"]), (&json!("Bob"), &json!(["y", "z"])));
        assert_eq!((&after["sub"], &after["email_verified"]), (&before["sub"], &json!(true)));
        let moved = user(&database, &["update", "bob", "--email", "bob@example.com", "--rename", "Robert"]);
        assert_eq!(moved["email_verified"], json!(false), "nobody looked at the new address");
        let bare = user(&database, &["update", "robert", "--name", "", "--group", "", "--email", ""]);
        assert_eq!((bare.get("name"), bare.get("email"), &bare["groups"]), (None, None, &json!([])));
    }

    /// SECURITY-CASES 155 and 266.
    async fn shutting_a_person_out_takes_back_what_they_had(database: Database) {
        let sub = created(&database, &["carol"])["sub"].as_str().unwrap().to_owned();
        let taken_back = async || {
            let log = database.store.revocations_of(&sub).await.unwrap();
            log.into_iter().map(|entry| entry.reason).collect::<Vec<_>>()
        };
        assert_eq!(user(&database, &["disable", "carol"])["enabled"], json!(false));
        assert_eq!(user(&database, &["enable", "carol"])["enabled"], json!(true));
        user(&database, &["set-password", "carol", PASSWORD[0], PASSWORD[1]]);
        user(&database, &["delete", "carol"]);
        assert_eq!(taken_back().await, ["user disabled", "password changed", "user deleted"]);
    }

    /// CONTRACT §1: 2 usage, 3 not found, 4 exists.
    async fn exit_codes_tell_what_happened(database: Database) {
        created(&database, &["alice", "--email", "alice@example.com"]);
        created(&database, &["bob"]);
        let long = "x".repeat(1025);
        let cases: [(&[&str], &str, i32); 11] = [
            (&["create", "ALICE", "--password-file", "-"], "secret", 4),
            (&["create", "alice@example.com", "--password-file", "-"], "secret", 4),
            (&["create", "eve", "--email", "Alice@Example.com", "--password-file", "-"], "secret", 4),
            (&["update", "bob", "--email", "alice@example.com"], "", 4),
            (&["show", "nobody"], "", 3),
            (&["delete", "nobody"], "", 3),
            (&["set-password", "nobody", "--password-file", "-"], "secret", 3),
            (&["create", "eve"], "", 2),
            (&["create", "e ve", "--password-file", "-"], "secret", 2),
            (&["create", "eve", "--name", "e\u{1b}ve", "--password-file", "-"], "secret", 2),
            (&["create", "eve", "--password-file", "-"], &long, 2),
        ];
        for (arguments, input, code) in cases {
            let ran = porteiro(&database, &[&["user"], arguments].concat(), input);
            assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.stderr);
        }
    }
}
