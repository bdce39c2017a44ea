pub async fn migrate() -> clickhouse::error::Result<()> {
    let client = clickhouse::Client::default().with_url("http://clickhouse:8123").with_database("facts");
    client.query("CREATE TABLE IF NOT EXISTS seen (id UInt64) ENGINE = MergeTree ORDER BY id").execute().await
}
