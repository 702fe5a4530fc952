//! Everything that a database holds, as a thief of it would search it.

use porteiro::store::Store;
use sqlx::{AssertSqlSafe, Row as _};

/// Every value of every table as its bytes, and bytes that an engine prints
/// in hexadecimal in that form too.
pub async fn dump(store: &Store) -> Vec<u8> {
    const SQLITE: &str = "SELECT m.name, group_concat('ifnull(CAST(\"' || c.name || '\" AS BLOB), x'''')')
        FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name";
    const POSTGRES: &str = "SELECT oid::regclass::text FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut everything = Vec::new();
    match store {
        Store::Sqlite { read, .. } => {
            for table in sqlx::query(SQLITE).fetch_all(read).await.unwrap() {
                let (name, columns): (String, String) = (table.get(0), table.get(1));
                let sql = AssertSqlSafe(format!("SELECT {columns} FROM \"{name}\""));
                for row in sqlx::query(sql).fetch_all(read).await.unwrap() {
                    for column in 0..row.len() {
                        everything.extend(row.get::<Vec<u8>, _>(column));
                        everything.push(b'\n');
                    }
                }
            }
        }
        Store::Postgres { pool, .. } => {
            for table in sqlx::query_scalar::<_, String>(POSTGRES).fetch_all(pool).await.unwrap() {
                let sql = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
                for row in sqlx::query_scalar::<_, String>(sql).fetch_all(pool).await.unwrap() {
                    everything.extend(row.into_bytes());
                    everything.push(b'\n');
                }
            }
        }
    }
    everything
}
