//! The service on S3: a small one that this test serves, with the part of the protocol that is used.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{ETAG, LAST_MODIFIED, RANGE};
use actix_web::web::{Bytes, Data, PayloadConfig, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use social_proto::media::v1::*;
use social_testing::eventually;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use crate::files::{mp4, photo};
use crate::harness::{Harness, header, id, upload};

const BUCKET: &str = "/pictures";
/// What an object holds that is two days old.
const OLD: &[u8] = b"old";
const MODIFIED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// What is in the bucket: objects, and the parts of uploads under way.
#[derive(Default)]
struct Bucket {
    objects: Mutex<BTreeMap<String, Bytes>>,
    uploads: Mutex<HashMap<String, BTreeMap<u32, Bytes>>>,
}

impl Bucket {
    fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

async fn answer(
    bucket: Data<Arc<Bucket>>,
    query: Query<HashMap<String, String>>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let Some(key) = request.path().strip_prefix(BUCKET).map(|key| key.trim_start_matches('/').to_owned()) else {
        return HttpResponse::NotFound().finish();
    };
    assert!(request.headers().contains_key("authorization"), "requests are signed");
    let (mut objects, mut uploads) = (bucket.objects.lock().unwrap(), bucket.uploads.lock().unwrap());
    let part = query.get("partNumber").map(|number| number.parse::<u32>().unwrap());
    match (request.method(), query.get("uploadId"), part) {
        (&Method::POST, None, _) if query.contains_key("uploads") => {
            let upload = id();
            uploads.insert(upload.clone(), BTreeMap::new());
            let xml =
                format!("<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>");
            HttpResponse::Ok().body(xml)
        }
        (&Method::PUT, Some(upload), Some(part)) => {
            uploads.get_mut(upload).unwrap().insert(part, body);
            HttpResponse::Ok().insert_header((ETAG, format!("\"{part}\""))).finish()
        }
        (&Method::POST, Some(upload), None) => {
            let parts: Vec<Bytes> = uploads.remove(upload).unwrap().into_values().collect();
            assert!(parts.iter().rev().skip(1).all(|part| part.len() >= 5 << 20), "S3 takes no smaller parts");
            objects.insert(key, parts.concat().into());
            HttpResponse::Ok().body("<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>")
        }
        (&Method::DELETE, Some(upload), None) => {
            uploads.remove(upload);
            HttpResponse::NoContent().finish()
        }
        (&Method::PUT, None, None) => {
            objects.insert(key, body);
            HttpResponse::Ok().insert_header((ETAG, "\"x\"")).finish()
        }
        (&Method::POST, None, None) if query.contains_key("delete") => {
            let text = String::from_utf8(body.to_vec()).unwrap();
            let mut answer = "<DeleteResult>".to_owned();
            for key in text.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>")).map(|(key, _)| key) {
                objects.remove(key);
                answer.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
            }
            HttpResponse::Ok().body(answer + "</DeleteResult>")
        }
        (&Method::GET, None, None) if query.contains_key("list-type") => list(&objects, &query),
        (&Method::GET, None, None) => get(&objects, &key, &request),
        _ => HttpResponse::NotImplemented().finish(),
    }
}

fn list(objects: &BTreeMap<String, Bytes>, query: &HashMap<String, String>) -> HttpResponse {
    let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
    let mut answer = "<ListBucketResult>".to_owned();
    for (key, bytes) in objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let age = if bytes == OLD { time::Duration::days(2) } else { time::Duration::ZERO };
        let time = (OffsetDateTime::now_utc() - age).format(&Rfc3339).unwrap();
        let time = format!("<LastModified>{time}</LastModified><ETag>x</ETag>");
        answer.push_str(&format!("<Contents><Key>{key}</Key><Size>{}</Size>{time}</Contents>", bytes.len()));
    }
    HttpResponse::Ok().body(answer + "</ListBucketResult>")
}

fn get(objects: &BTreeMap<String, Bytes>, key: &str, request: &HttpRequest) -> HttpResponse {
    let Some(bytes) = objects.get(key) else { return HttpResponse::NotFound().finish() };
    let head = [(LAST_MODIFIED, MODIFIED), (ETAG, "\"x\"")];
    let range = request.headers().get(RANGE).map(|range| range.to_str().unwrap().trim_start_matches("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return HttpResponse::Ok().insert_header(head[0].clone()).insert_header(head[1].clone()).body(bytes.clone());
    };
    let (first, last) = (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap().min(bytes.len() - 1));
    HttpResponse::PartialContent()
        .insert_header(head[0].clone())
        .insert_header(head[1].clone())
        .insert_header(("content-range", format!("bytes {first}-{last}/{}", bytes.len())))
        .body(bytes.slice(first..=last))
}

async fn start(bucket: &Arc<Bucket>) -> Harness {
    let state = Data::new(bucket.clone());
    let server = HttpServer::new(move || {
        App::new().app_data(state.clone()).app_data(PayloadConfig::new(16 << 20)).default_service(web::to(answer))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    Harness::start_with(|settings| {
        settings.objects.object_store_dir = settings.objects.object_store_dir.join("unused");
        settings.objects.s3_bucket = Some(BUCKET.trim_start_matches('/').to_owned());
        settings.objects.s3_endpoint = Some(endpoint);
        settings.objects.s3_access_key_id = Some("id".to_owned());
        settings.objects.s3_secret_access_key = Some("secret".to_owned().into());
        settings.sweep_interval = Duration::from_millis(300);
    })
    .await
}

#[tokio::test]
async fn files_live_in_a_bucket() {
    let bucket = Arc::new(Bucket::default());
    let harness = start(&bucket).await;
    let owner = Uuid::now_v7();
    let orphan = format!("uploads/{}", id());
    bucket.objects.lock().unwrap().insert(orphan.clone(), Bytes::from_static(OLD));

    let image = harness.process(owner, MediaKind::Image, &photo(60, 40)).await;
    let bytes = mp4(&vec![7; 6 << 20]);
    let video = harness.process(owner, MediaKind::Video, &bytes).await;
    assert_eq!(
        (image.state(), video.state()),
        (MediaState::Ready, MediaState::Ready),
        "{} {}",
        image.failure,
        video.failure
    );
    let mut expected: Vec<String> = ["original", "large", "small", "thumbnail"]
        .iter()
        .map(|name| format!("media/{}/{name}", image.media_id))
        .collect();
    expected.extend(["original", "poster"].iter().map(|name| format!("media/{}/{name}", video.media_id)));
    expected.sort();
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(bucket.names() == expected, "{:?}", bucket.names());
        Ok(())
    })
    .await
    .unwrap();
    assert!(harness.files().is_empty());

    let sign = SignUrlRequest { media_id: video.media_id.clone(), variant: "original".to_owned(), lifetime: None };
    let signed = harness.client.clone().sign_url(harness.as_user(owner, sign)).await.unwrap().into_inner();
    let url = signed.url.replace("https://media.example", &harness.url);
    let part = reqwest::Client::new().get(url).header("range", "bytes=4-7").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.text().await.unwrap().as_str()), (206, "ftyp"));

    for media_id in [image.media_id, video.media_id] {
        let delete = DeleteMediaRequest { media_id };
        harness.client.clone().delete_media(harness.as_user(owner, delete)).await.unwrap();
    }
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(bucket.names().is_empty(), "{:?}", bucket.names());
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_broken_upload_leaves_no_parts() {
    let bucket = Arc::new(Bucket::default());
    let harness = start(&bucket).await;
    let (sender, messages) = mpsc::channel(99);
    let (mut client, request) =
        (harness.client.clone(), harness.as_user(Uuid::now_v7(), ReceiverStream::new(messages)));
    let call = tokio::spawn(async move { client.upload_media(request).await });
    let bytes = mp4(&vec![7; 6 << 20]);
    let mut all = upload(header(MediaKind::Video, &bytes), &bytes);
    all.pop();
    for message in all {
        sender.send(message).await.unwrap();
    }
    let parts = || bucket.uploads.lock().unwrap().values().map(|parts| parts.len()).collect::<Vec<_>>();
    for (expected, then) in [(vec![1], true), (vec![], false)] {
        eventually(Duration::from_secs(5), || async {
            anyhow::ensure!(parts() == expected, "{:?}", parts());
            Ok(())
        })
        .await
        .unwrap();
        if then {
            call.abort();
        }
    }
    drop(sender);
    assert!(bucket.names().is_empty());
}
