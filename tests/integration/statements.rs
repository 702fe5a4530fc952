//! Every SQL text of the program is understood by the engines it is for.
//!
//! A constant whose name holds `SQLITE` or `POSTGRES` is for that engine
//! alone; any other is for both.

use porteiro::store::Store;
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use crate::support::{Database, Engine, Fixture as _, source};

struct Statement {
    place: String,
    engines: Vec<Engine>,
    sql: String,
}

const VERBS: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE", "ALTER", "DROP"];

/// The `const NAME: &str = "…";` of a file that hold SQL.
fn statements_in(file: &str, text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (position, _) in text.match_indices("const ") {
        let declaration = &text[position + "const ".len()..];
        let Some((name, value)) = declaration.split_once(": &str =") else { continue };
        if !name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
            continue;
        }
        let sql = literal(value.trim_start());
        if VERBS.iter().any(|verb| sql.trim_start().starts_with(verb)) {
            let line = text[..position].lines().count() + 1;
            statements.push(Statement {
                place: format!("{file}:{line} {name}"),
                engines: engines(name),
                sql,
            });
        }
    }
    statements
}

fn engines(name: &str) -> Vec<Engine> {
    match (name.contains("SQLITE"), name.contains("POSTGRES")) {
        (true, false) => vec![Engine::Sqlite],
        (false, true) => vec![Engine::Postgres],
        _ => vec![Engine::Sqlite, Engine::Postgres],
    }
}

/// The value of a string literal, plain or raw, at the start of the text.
fn literal(text: &str) -> String {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes: String = raw.chars().take_while(|c| *c == '#').collect();
        let body = raw[hashes.len()..].strip_prefix('"').unwrap_or_default();
        return body.split(&format!("\"{hashes}")).next().unwrap_or_default().to_owned();
    }
    let mut value = String::new();
    let mut characters = text.strip_prefix('"').unwrap_or_default().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('\n') => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                Some('n') => value.push('\n'),
                Some(escaped) => value.push(escaped),
                None => break,
            },
            _ => value.push(character),
        }
    }
    value
}

fn all_statements() -> Vec<Statement> {
    let files = source::files("src");
    files.iter().flat_map(|(file, text)| statements_in(&file.display().to_string(), text)).collect()
}

async fn prepare(store: &Store, sql: &str) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    match store {
        Store::Sqlite { write, .. } => write.acquire().await?.prepare(sql).await.map(drop),
        Store::Postgres { pool, .. } => pool.prepare(sql).await.map(drop),
    }
}

/// Whether Postgres understood everything but the types of the parameters,
/// which come with the values and which it asks for last.
fn lacks_only_types(cause: &sqlx::Error) -> bool {
    let code = cause.as_database_error().and_then(|database| database.code());
    matches!(code.as_deref(), Some("42P08" | "42P18"))
}

async fn refusals(engine: Engine) -> Vec<String> {
    let database = Database::on(engine).await;
    let mut refusals = Vec::new();
    for statement in all_statements().into_iter().filter(|one| one.engines.contains(&engine)) {
        if let Err(cause) = prepare(&database.store, &statement.sql).await
            && !lacks_only_types(&cause)
        {
            refusals.push(format!("{}: {cause}\n    {}", statement.place, statement.sql));
        }
    }
    refusals
}

#[tokio::test]
async fn every_statement_is_prepared_by_sqlite() {
    assert_eq!(refusals(Engine::Sqlite).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_statement_is_prepared_by_postgres() {
    assert_eq!(refusals(Engine::Postgres).await, Vec::<String>::new());
}

/// Tables that stay small: a few keys, who fetches them, and whose password was
/// wrong lately.
const SMALL: [&str; 3] = ["jwks_reader", "login_failure", "signing_key"];

/// How a plan joins what it did not look up.
const WHOLE_JOINS: [&str; 3] = ["Hash Cond:", "Merge Cond:", "Join Filter:"];

/// What reads another table as a whole, with the plan that is kept for the time when
/// the table is large.
async fn without_an_index() -> Vec<String> {
    let database = Database::on(Engine::Postgres).await;
    let Store::Postgres { pool, .. } = &database.store else { unreachable!() };
    let mut lent = pool.lend().await.unwrap();
    let connection = lent.connection().unwrap();
    connection.execute("VACUUM ANALYZE").await.unwrap();
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut found = Vec::new();
    for statement in all_statements().iter().filter(|one| one.engines.contains(&Engine::Postgres)) {
        if !["SELECT", "WITH", "UPDATE", "DELETE"].iter().any(|verb| statement.sql.starts_with(verb)) {
            continue;
        }
        let prepare = AssertSqlSafe(format!("PREPARE planned AS {}", statement.sql));
        if connection.execute(sqlx::raw_sql(prepare)).await.is_err_and(|cause| lacks_only_types(&cause)) {
            continue;
        }
        let parameters = (1..).take_while(|number| statement.sql.contains(&format!("${number}"))).count();
        let values = match vec!["NULL"; parameters].join(", ") {
            none if none.is_empty() => none,
            some => format!("({some})"),
        };
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE planned{values}"));
        let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&mut *connection).await.unwrap();
        connection.execute("DEALLOCATE planned").await.unwrap();
        let tables = plan.iter().filter_map(|line| line.split_once("Seq Scan on ")?.1.split(' ').next());
        let growing = tables.filter(|table| !SMALL.contains(table));
        found.extend(growing.map(|table| format!("{} reads {table}", statement.place)));
        // What is deleted, and logouts that are to be told, no request looks for.
        let of_a_request = !statement.sql.starts_with("DELETE") && !statement.place.contains("logout_notice");
        let joined = plan.iter().find(|line| WHOLE_JOINS.iter().any(|join| line.contains(join)));
        if let Some(line) = joined.filter(|_| of_a_request) {
            found.push(format!("{} joins by {}", statement.place, line.trim()));
        }
    }
    found
}

/// A plan that was made while a table was small is kept when it has grown.
#[tokio::test]
async fn what_grows_is_read_by_an_index() {
    assert_eq!(without_an_index().await, Vec::<String>::new());
}

/// What no statement for both engines may hold, since not every engine that
/// speaks Postgres' protocol has it, or has it as one. Small letters.
const NOT_PORTABLE: [(&str, &str); 19] = [
    ("::", "a cast that only Postgres reads"),
    (" any(", "an array"),
    ("array[", "an array"),
    ("unnest(", "an array"),
    ("generate_series(", "a function of Postgres"),
    ("advisory", "a lock that other engines lack: a row of table lease takes its place"),
    ("listen ", "a necessity that a pooler breaks"),
    ("notify ", "a necessity that a pooler breaks"),
    ("nextval(", "a sequence"),
    ("now(", "the database's clock"),
    ("clock_timestamp(", "the database's clock"),
    ("current_timestamp", "the database's clock"),
    ("strftime(", "the database's clock"),
    ("random(", "the database's randomness"),
    ("gen_random_uuid(", "the database's randomness"),
    ("for update", "a lock that SQLite lacks: one conditional statement takes its place"),
    ("insert or ", "a conflict clause that only SQLite reads"),
    ("ilike", "an operator of Postgres"),
    ("pg_", "a catalogue of Postgres"),
];

/// DESIGN: the subset that also fits engines which are not tested here.
fn offences(statement: &Statement) -> Vec<String> {
    let sql = statement.sql.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let found = NOT_PORTABLE.iter().filter(|(word, _)| sql.contains(word));
    found.map(|(word, why)| format!("{}: {word:?} is {why}", statement.place)).collect()
}

#[test]
fn what_both_engines_are_asked_keeps_to_the_portable_subset() {
    let shared = all_statements().into_iter().filter(|statement| statement.engines.len() == 2);
    let shared: Vec<Statement> = shared.collect();
    assert!(shared.len() > 50, "the source was not read");
    let found: Vec<String> = shared.iter().flat_map(offences).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn an_offence_against_the_portable_subset_is_seen() {
    let sql = "SELECT id FROM client\n    WHERE id = ANY($1) AND at < now() FOR  UPDATE";
    let statement = |sql: &str| Statement { place: String::new(), engines: Vec::new(), sql: sql.to_owned() };
    assert_eq!(offences(&statement(sql)).len(), 3);
    assert!(
        offences(&statement("INSERT INTO lease (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING name"))
            .is_empty()
    );
}

/// The hot tables of both engines: no key leads out of them, and nothing happens
/// in them by itself.
#[test]
fn the_schema_keeps_to_the_portable_subset() {
    let mut read = 0;
    for folder in ["migrations/postgres", "migrations/sqlite"] {
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let sql = std::fs::read_to_string(&file).unwrap().to_lowercase();
            let code: String = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
            // A client's own tables are changed by hand and read through a cache.
            let keys = code.matches("references ").count() - code.matches("references client ").count();
            assert_eq!(keys, 0, "{}: a foreign key from a hot table", file.display());
            for word in ["create trigger", "create sequence", "serial", "create function", "[]"] {
                assert!(!code.contains(word), "{}: {word}", file.display());
            }
            read += 1;
        }
    }
    assert!(read > 1, "the migrations were not read");
}

/// The reader above sees what the compiler sees.
#[test]
fn statements_are_found_in_every_form() {
    let text = "const SQL: &str = \"SELECT 1 \\\n        WHERE $1\";\nconst ON_SQLITE: &str = r#\"DELETE FROM \"a\"\"#;\n\
                const OTHER: &str = \"words\";";
    let found = statements_in("file", text);
    let seen: Vec<_> = found.iter().map(|one| (one.sql.as_str(), one.engines.len())).collect();
    assert_eq!(seen, [("SELECT 1 WHERE $1", 2), ("DELETE FROM \"a\"", 1)]);
}

#[test]
fn the_program_has_statements() {
    assert!(all_statements().len() >= 2, "the source was not read");
}
