//! The two schemas are one: the same tables, columns, kinds and obligations.

use std::collections::BTreeMap;
use std::path::Path;

use porteiro::store::Store;
use sqlx::Row as _;

use crate::support::{Database, Engine, Fixture as _};

/// `table.column` to its kind and whether it must have a value.
type Columns = BTreeMap<String, (Kind, bool)>;

/// What a column holds, as far as both engines can tell. Ids and JSON are
/// bytes and text to SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bytes,
    Text,
    Integer,
    Boolean,
}

fn kind(declared: &str) -> Kind {
    match declared.to_uppercase().as_str() {
        "BLOB" | "BYTEA" | "UUID" => Kind::Bytes,
        "TEXT" | "JSONB" => Kind::Text,
        "BIGINT" | "INTEGER" => Kind::Integer,
        "BOOLEAN" => Kind::Boolean,
        other => panic!("a column of type {other} is outside the portable subset"),
    }
}

async fn columns(store: &Store) -> Columns {
    const SQLITE: &str = r#"SELECT m.name AS "table", c.name AS "column", c.type AS "type", c."notnull" = 1
        FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"#;
    const POSTGRES: &str = r#"SELECT t.relname::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO'
        FROM pg_class t JOIN information_schema.columns c ON c.table_name = t.relname
        WHERE c.table_schema = 'public' AND t.relkind IN ('r', 'p') AND NOT t.relispartition"#;

    macro_rules! read {
        ($rows:expr) => {{
            let rows = $rows.unwrap();
            let named = rows.iter().map(|row| {
                let (table, column): (String, String) = (row.get(0), row.get(1));
                (format!("{table}.{column}"), row.get::<String, _>(2), row.get::<bool, _>(3))
            });
            named.collect::<Vec<_>>()
        }};
    }
    let found = match store {
        Store::Sqlite { read, .. } => read!(sqlx::query(SQLITE).fetch_all(read).await),
        Store::Postgres { pool, .. } => read!(sqlx::query(POSTGRES).fetch_all(pool).await),
    };
    let ours = found.into_iter().filter(|(name, ..)| !name.starts_with("_sqlx_migrations."));
    ours.map(|(name, declared, required)| (name, (kind(&declared), required))).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let sqlite = columns(&Database::on(Engine::Sqlite).await.store).await;
    let postgres = columns(&Database::on(Engine::Postgres).await.store).await;
    assert!(sqlite.contains_key("token.jti"), "the schema was not read");
    assert_eq!(sqlite, postgres);
}

#[tokio::test]
async fn both_engines_have_the_same_migrations() {
    let sqlite = Database::on(Engine::Sqlite).await.store.migrations().await.unwrap();
    let postgres = Database::on(Engine::Postgres).await.store.migrations().await.unwrap();
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

/// Whether a program of before could miss something after this: see
/// `src/store/schema.rs`.
fn takes_away(sql: &str) -> bool {
    let code = sql.lines().map(|line| line.split("--").next().unwrap()).collect::<Vec<_>>().join(" ");
    let words = code.to_uppercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let adds_duty = words.split(';').any(|statement| {
        statement.contains("ADD COLUMN") && statement.contains("NOT NULL") && !statement.contains("DEFAULT")
    });
    let taking =
        ["DROP TABLE", "DROP COLUMN", "RENAME ", "SET NOT NULL", " TYPE ", "DELETE FROM", "TRUNCATE"];
    adds_duty || taking.iter().any(|words_of| words.contains(words_of))
}

#[test]
fn what_takes_away_is_told_from_what_adds() {
    for adding in [
        "CREATE TABLE a (b TEXT NOT NULL)",
        "ALTER TABLE a ADD COLUMN b TEXT",
        "ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX a_b ON a (b); -- DROP TABLE a",
    ] {
        assert!(!takes_away(adding), "{adding}");
    }
    for taking in [
        "DROP TABLE a",
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a RENAME COLUMN b TO c",
        "ALTER TABLE a\n    ALTER COLUMN b SET NOT NULL",
        "ALTER TABLE a ADD COLUMN b TEXT NOT NULL",
    ] {
        assert!(takes_away(taking), "{taking}");
    }
}

/// Expand, then contract: what takes away is named so, and for which programs
/// it is, so that an older one knows that it must not start.
#[test]
fn a_migration_that_takes_away_says_so_in_its_name() {
    let mut seen = 0;
    for folder in ["migrations/sqlite", "migrations/postgres"] {
        for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut words = name.split('_');
            let version: i64 = words.next().unwrap().parse().unwrap();
            let least = match words.next() {
                Some("contract") => words.next().and_then(|word| word.parse::<i64>().ok()),
                _ => None,
            };
            let says_so = least.is_some_and(|least| least < version);
            assert_eq!(takes_away(&std::fs::read_to_string(&path).unwrap()), says_so, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 2, "no migration was read");
}
