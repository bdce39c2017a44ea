//! The library against a real PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use prost::Message;
use social_database::{Error, Settings, answers, migrate, pool, retry};
use social_testing::{Stores, TestDatabase};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr};
use tonic::Code;
use uuid::Uuid;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

async fn database() -> TestDatabase {
    Stores::load().unwrap().database(&MIGRATOR).await.unwrap()
}

fn settings(database: &TestDatabase) -> Settings {
    Settings {
        url: database.url().to_owned(),
        max_connections: 4,
        acquire_timeout: Duration::from_secs(5).into(),
        statement_timeout: Duration::from_secs(5).into(),
    }
}

fn code(error: Error) -> Code {
    social_runtime::Error::from(error).code()
}

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct Response {
    #[prost(string, tag = "1")]
    id: String,
}

/// A write as a service does it; `runs` counts how often it really happened.
async fn write(pool: &PgPool, request_id: Uuid, text: &str, runs: &AtomicU32) -> social_database::Result<Response> {
    let key = answers::Key::new(Uuid::nil(), "test.v1.Test/Write", request_id, &Request { text: text.to_owned() });
    retry(|| async {
        let mut tx = pool.begin().await?;
        if let Some(answer) = answers::find::<Response>(&mut tx, &key).await? {
            return Ok(answer);
        }
        runs.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let response = Response { id: Uuid::new_v4().to_string() };
        answers::store(&mut tx, &key, &response).await?;
        tx.commit().await?;
        Ok(response)
    })
    .await
}

#[tokio::test]
async fn simultaneous_requests_with_one_id_happen_once() {
    let database = database().await;
    let pool = pool(&settings(&database), "test").unwrap();
    let (id, runs) = (Uuid::new_v4(), Arc::new(AtomicU32::new(0)));

    let spawn = || {
        let (pool, runs) = (pool.clone(), Arc::clone(&runs));
        tokio::spawn(async move { write(&pool, id, "a", &runs).await })
    };
    let (first, second, third) = tokio::try_join!(spawn(), spawn(), spawn()).unwrap();
    let first = first.unwrap();
    assert_eq!(first, second.unwrap());
    assert_eq!(first, third.unwrap());
    assert_eq!(runs.load(Ordering::SeqCst), 1);

    assert_ne!(first, write(&pool, Uuid::new_v4(), "a", &runs).await.unwrap());
    let misuse = write(&pool, id, "b", &runs).await.unwrap_err();
    assert_eq!(code(misuse), Code::FailedPrecondition);
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    pool.close().await;
}

#[tokio::test]
async fn old_answers_are_purged_by_two_at_once() {
    let database = database().await;
    let pool = pool(&settings(&database), "test").unwrap();
    sqlx::query(
        "INSERT INTO stored_answers (account_id, method, request_id, request_hash, answer, create_time)
         SELECT gen_random_uuid(), 'm', gen_random_uuid(), '', '', now() - make_interval(hours => 23 + (n <= 1200)::int, mins => 1)
         FROM generate_series(1, 1210) AS n",
    )
    .execute(&pool)
    .await
    .unwrap();

    let (one, other) = tokio::join!(answers::purge_expired(&pool), answers::purge_expired(&pool));
    assert_eq!(one.unwrap() + other.unwrap() + answers::purge_expired(&pool).await.unwrap(), 1200);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM stored_answers").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 10);
    pool.close().await;
}

#[tokio::test]
async fn conflicting_transactions_are_run_again_a_few_times() {
    let database = database().await;
    let pool = pool(&settings(&database), "test").unwrap();
    sqlx::raw_sql("CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL); INSERT INTO counters VALUES (1, 0)")
        .execute(&pool)
        .await
        .unwrap();

    let attempts = AtomicU32::new(0);
    let count = || {
        retry(|| async {
            attempts.fetch_add(1, Ordering::SeqCst);
            let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
            let value: i32 = sqlx::query_scalar("SELECT value FROM counters").fetch_one(&mut *tx).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
            sqlx::query("UPDATE counters SET value = $1").bind(value + 1).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(())
        })
    };
    let (one, other) = tokio::join!(count(), count());
    one.unwrap();
    other.unwrap();
    let value: i32 = sqlx::query_scalar("SELECT value FROM counters").fetch_one(&pool).await.unwrap();
    assert_eq!(value, 2);
    assert!(attempts.load(Ordering::SeqCst) > 2, "no conflict came about");

    let attempts = AtomicU32::new(0);
    let hopeless = retry(|| async {
        attempts.fetch_add(1, Ordering::SeqCst);
        sqlx::query("DO $$ BEGIN RAISE EXCEPTION 'always' USING ERRCODE = '40P01'; END $$").execute(&pool).await?;
        Ok(())
    })
    .await;
    assert_eq!(code(hopeless.unwrap_err()), Code::Aborted);
    assert_eq!(attempts.load(Ordering::SeqCst), 4);

    let attempts = AtomicU32::new(0);
    let refused = retry(|| async {
        attempts.fetch_add(1, Ordering::SeqCst);
        sqlx::query("INSERT INTO counters VALUES (1, 0)").execute(&pool).await?;
        Ok(())
    })
    .await;
    let Err(Error::Database(violation)) = refused else { panic!("{refused:?}") };
    assert!(social_database::violates(&violation, "counters_pkey"));
    assert!(!social_database::violates(&violation, "counters_value_key"));
    assert_eq!(code(Error::from(violation)), Code::Internal);
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    pool.close().await;
}

#[tokio::test]
async fn every_wait_has_an_end() {
    let database = database().await;
    let settings = Settings {
        max_connections: 1,
        acquire_timeout: Duration::from_millis(200).into(),
        statement_timeout: Duration::from_millis(100).into(),
        ..settings(&database)
    };
    let pool = pool(&settings, "test").unwrap();
    social_database::ping(&pool).await.unwrap();

    let setting = |name: &'static str| {
        let pool = pool.clone();
        async move {
            sqlx::query_scalar::<_, String>("SELECT current_setting($1)").bind(name).fetch_one(&pool).await.unwrap()
        }
    };
    assert_eq!(setting("statement_timeout").await, "100ms");
    assert_eq!(setting("lock_timeout").await, "2s");
    assert_eq!(setting("idle_in_transaction_session_timeout").await, "10s");
    assert_eq!(setting("application_name").await, "test");

    let slow = social_database::timed("test.sleep", sqlx::query("SELECT pg_sleep(5)").execute(&pool)).await;
    assert_eq!(code(slow.unwrap_err().into()), Code::Unavailable);

    let held = pool.acquire().await.unwrap();
    social_database::ping(&pool).await.unwrap();
    let none = pool.acquire().await.unwrap_err();
    assert_eq!(code(none.into()), Code::Unavailable);
    drop(held);
    pool.close().await;

    let nobody = Settings { url: "postgres://nobody:nothing@127.0.0.1:1/none".to_owned(), ..settings };
    let pool = social_database::pool(&nobody, "test").unwrap();
    assert_eq!(code(social_database::ping(&pool).await.unwrap_err()), Code::Unavailable);
    pool.close().await;
}

fn migrator(migrations: &[(i64, &'static str)]) -> Migrator {
    let migration = |(version, sql): &(i64, &'static str)| {
        Migration::new(*version, Cow::Borrowed("test"), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(migration).collect())
}

#[tokio::test]
async fn migrations_of_two_folders_run_once_and_give_way() {
    let database = database().await;
    let settings = settings(&database);
    let expand = migrator(&[(2, "CREATE TABLE things (a int, b int)"), (3, "INSERT INTO things VALUES (1, 1)")]);
    let contract = migrator(&[(4, "ALTER TABLE things DROP COLUMN a")]);

    let (one, other) = tokio::join!(migrate(&settings, &expand), migrate(&settings, &expand));
    one.unwrap();
    other.unwrap();
    let pool = pool(&settings, "test").unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM things").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 1);

    // Somebody reads the table for longer than a migration waits for its lock.
    let mut reader = pool.begin().await.unwrap();
    sqlx::query("SELECT b FROM things").fetch_one(&mut *reader).await.unwrap();
    let start = Instant::now();
    let reading = async {
        tokio::time::sleep(Duration::from_millis(3300)).await;
        reader.commit().await.unwrap();
    };
    let (contracted, ()) = tokio::join!(migrate(&settings, &contract), reading);
    contracted.unwrap();
    assert!(start.elapsed() > Duration::from_millis(3300));
    migrate(&settings, &expand).await.unwrap();

    let broken = migrator(&[(5, "ALTER TABLE nothing DROP COLUMN a")]);
    assert!(migrate(&settings, &broken).await.is_err());
    let changed = migrator(&[(4, "SELECT 1")]);
    assert!(migrate(&settings, &changed).await.is_err());
    pool.close().await;
}
