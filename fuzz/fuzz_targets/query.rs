//! Any text as a query in the code.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let text = text.replace("\"#", "");
    let main = format!(
        "#[tokio::main] async fn main() {{ let pool = sqlx::PgPool::connect(\"postgres://db/a\").await.unwrap(); sqlx::query(r#\"{text}\"#).execute(&pool).await.unwrap(); }}"
    );
    loadpath_fuzz::project("src/main.rs", &main);
});
