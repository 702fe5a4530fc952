//! `/livez` and `/readyz`, as an orchestrator asks them.

use porteiro::store::Store;

use crate::support::TestServer;

contract! {
    async fn readiness_tells_of_each_check_when_asked(server: TestServer) {
        let ready = server.get("/readyz?verbose").send().await.is_ok();
        assert_eq!(ready.text(), "serving: ok\nkeys: ok\nstore: ok\nschema: ok\n");
        assert_eq!(server.get("/readyz").send().await.is_ok().text(), "ok\n");
        assert_eq!(server.get("/livez").send().await.is_ok().text(), "ok\n");
    }

    async fn a_server_that_is_told_to_stop_is_alive_and_not_ready(server: TestServer) {
        server.app.draining.send_replace(true);
        for (path, said) in [("/readyz", "draining\n"), ("/readyz?verbose", "serving: draining\n")] {
            let answer = server.get(path).send().await;
            assert_eq!((answer.status.as_u16(), answer.text()), (503, said));
        }
        server.get("/livez").send().await.is_ok();
    }

    async fn a_store_without_its_schema_is_not_ready(server: TestServer) {
        const SQL: &str = "DELETE FROM _sqlx_migrations";
        match &server.app.store {
            Store::Sqlite { write, .. } => drop(sqlx::query(SQL).execute(write).await.unwrap()),
            Store::Postgres { pool, .. } => drop(sqlx::query(SQL).execute(pool).await.unwrap()),
        }
        let answer = server.get("/readyz?verbose").send().await;
        assert_eq!(answer.status, 503);
        assert!(answer.text().ends_with("schema: the store is not migrated\n"), "{}", answer.text());
    }
}
