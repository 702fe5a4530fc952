//! `porteiro doctor` as a script calls it.

use porteiro::store::Store;

use crate::support::Database;
use crate::support::command::porteiro;

contract! {
    async fn the_doctor_names_what_is_weak_and_the_command_that_mends_it(database: Database) {
        let made = porteiro(&database, &["client", "create", "panel", "--redirect-uri", "https://panel.test/"], "");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let weak = porteiro(&database, &["doctor"], "");
        assert_eq!(weak.code, Some(0), "{}", weak.stderr);
        let codes = |json: &serde_json::Value| -> Vec<String> {
            json.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
        };
        assert!(codes(&weak.json).contains(&"client_without_pkce".to_owned()), "{}", weak.json);
        let found = weak.json.as_array().unwrap().iter().find(|found| found["code"] == "client_without_pkce").unwrap();
        assert_eq!(found["fix"], "porteiro client update panel --require-pkce");

        porteiro(&database, &["client", "update", "panel", "--require-pkce"], "");
        let mended = porteiro(&database, &["doctor"], "");
        assert!(!codes(&mended.json).contains(&"client_without_pkce".to_owned()), "{}", mended.json);
    }

    async fn a_database_that_is_behind_is_an_error(database: Database) {
        const SQL: &str = "DELETE FROM _sqlx_migrations";
        match &database.store {
            Store::Sqlite { write, .. } => drop(sqlx::query(SQL).execute(write).await.unwrap()),
            Store::Postgres { pool, .. } => drop(sqlx::query(SQL).execute(pool).await.unwrap()),
        }
        let behind = porteiro(&database, &["doctor"], "");
        assert_eq!(behind.code, Some(1));
        let codes = behind.json.as_array().unwrap().iter().filter(|found| found["severity"] == "error");
        let codes: Vec<_> = codes.map(|found| found["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["migrations_pending"]);
    }
}
