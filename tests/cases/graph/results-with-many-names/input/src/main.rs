//! Each result has a name, and is made of the ones before it: what becomes of a failure is found without trying all ways through.

async fn ask(text: &str) -> reqwest::Result<String> {
    reqwest::get(text).await?.text().await
}

async fn many() -> reqwest::Result<String> {
    let a0 = ask("http://partner.example/first").await;
    let a1 = a0.clone();
    let a2 = a1.clone();
    let a3 = a2.clone();
    let a4 = a3.clone();
    let a5 = a4.clone();
    let a6 = a5.clone();
    let a7 = a6.clone();
    let a8 = a7.clone();
    let a9 = a8.clone();
    let a10 = a9.clone();
    let a11 = a10.clone();
    let a12 = a11.clone();
    let a13 = a12.clone();
    let a14 = a13.clone();
    let a15 = a14.clone();
    let a16 = a15.clone();
    let a17 = a16.clone();
    let a18 = a17.clone();
    let a19 = a18.clone();
    let a20 = a19.clone();
    let a21 = a20.clone();
    let a22 = a21.clone();
    let a23 = a22.clone();
    let a24 = a23.clone();
    let a25 = a24.clone();
    let a26 = a25.clone();
    let a27 = a26.clone();
    let a28 = a27.clone();
    let a29 = a28.clone();
    let a30 = a29.clone();
    let a31 = a30.clone();
    let a32 = a31.clone();
    let a33 = a32.clone();
    let a34 = a33.clone();
    let a35 = a34.clone();
    let a36 = a35.clone();
    let a37 = a36.clone();
    let a38 = a37.clone();
    let a39 = a38.clone();
    let a40 = a39.clone();
    let a41 = a40.clone();
    let a42 = a41.clone();
    let a43 = a42.clone();
    let a44 = a43.clone();
    let a45 = a44.clone();
    let a46 = a45.clone();
    let a47 = a46.clone();
    let a48 = a47.clone();
    let a49 = a48.clone();
    let a50 = a49.clone();
    let a51 = a50.clone();
    let a52 = a51.clone();
    let a53 = a52.clone();
    let a54 = a53.clone();
    let a55 = a54.clone();
    let a56 = a55.clone();
    let a57 = a56.clone();
    let a58 = a57.clone();
    let a59 = a58.clone();
    let b0 = ask("http://partner.example/0").await;
    let b1 = ask("http://partner.example/1").await;
    let b2 = ask("http://partner.example/2").await;
    let b3 = ask("http://partner.example/3").await;
    let b4 = ask("http://partner.example/4").await;
    let b5 = ask("http://partner.example/5").await;
    let b6 = ask("http://partner.example/6").await;
    let b7 = ask("http://partner.example/7").await;
    let b8 = ask("http://partner.example/8").await;
    let b9 = ask("http://partner.example/9").await;
    let b10 = ask("http://partner.example/10").await;
    let b11 = ask("http://partner.example/11").await;
    let b12 = ask("http://partner.example/12").await;
    let b13 = ask("http://partner.example/13").await;
    let b14 = ask("http://partner.example/14").await;
    let b15 = ask("http://partner.example/15").await;
    let b16 = ask("http://partner.example/16").await;
    let b17 = ask("http://partner.example/17").await;
    let b18 = ask("http://partner.example/18").await;
    let b19 = ask("http://partner.example/19").await;
    let b20 = ask("http://partner.example/20").await;
    let b21 = ask("http://partner.example/21").await;
    let b22 = ask("http://partner.example/22").await;
    let b23 = ask("http://partner.example/23").await;
    let b24 = ask("http://partner.example/24").await;
    let b25 = ask("http://partner.example/25").await;
    let b26 = ask("http://partner.example/26").await;
    let b27 = ask("http://partner.example/27").await;
    let b28 = ask("http://partner.example/28").await;
    let b29 = ask("http://partner.example/29").await;
    let b30 = ask("http://partner.example/30").await;
    let b31 = ask("http://partner.example/31").await;
    let b32 = ask("http://partner.example/32").await;
    let b33 = ask("http://partner.example/33").await;
    let b34 = ask("http://partner.example/34").await;
    let b35 = ask("http://partner.example/35").await;
    let b36 = ask("http://partner.example/36").await;
    let b37 = ask("http://partner.example/37").await;
    let b38 = ask("http://partner.example/38").await;
    let b39 = ask("http://partner.example/39").await;
    let b40 = ask("http://partner.example/40").await;
    let b41 = ask("http://partner.example/41").await;
    let b42 = ask("http://partner.example/42").await;
    let b43 = ask("http://partner.example/43").await;
    let b44 = ask("http://partner.example/44").await;
    let b45 = ask("http://partner.example/45").await;
    let b46 = ask("http://partner.example/46").await;
    let b47 = ask("http://partner.example/47").await;
    let b48 = ask("http://partner.example/48").await;
    let b49 = ask("http://partner.example/49").await;
    let b50 = ask("http://partner.example/50").await;
    let b51 = ask("http://partner.example/51").await;
    let b52 = ask("http://partner.example/52").await;
    let b53 = ask("http://partner.example/53").await;
    let b54 = ask("http://partner.example/54").await;
    let b55 = ask("http://partner.example/55").await;
    let b56 = ask("http://partner.example/56").await;
    let b57 = ask("http://partner.example/57").await;
    let b58 = ask("http://partner.example/58").await;
    let b59 = ask("http://partner.example/59").await;
    tracing::info!(?b0, "asked");
    a59
}

#[tokio::main]
async fn main() {
    many().await.unwrap();
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, axum::Router::new()).await.unwrap();
}
