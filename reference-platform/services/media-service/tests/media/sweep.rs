//! What a crash leaves goes.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use social_proto::media::v1::*;
use social_testing::eventually;
use uuid::Uuid;

use crate::files::photo;
use crate::harness::{Harness, id};

fn left_behind(path: &Path, age: Duration) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

#[tokio::test]
async fn objects_of_no_file_are_removed_when_they_are_old() {
    let harness = Harness::start_with(|settings| {
        settings.sweep_interval = Duration::from_millis(200);
        settings.orphan_age = Duration::from_secs(60);
    })
    .await;
    let owner = Uuid::now_v7();
    let media = harness.process(owner, MediaKind::Image, &photo(30, 20)).await;
    harness.left(&media.media_id, &["original", "large", "small", "thumbnail"]).await;
    let (hour, folder) = (Duration::from_secs(3600), harness.folder.path());
    // Old, but somebody's.
    let original = folder.join("media").join(&media.media_id).join("original");
    File::options().write(true).open(&original).unwrap().set_modified(SystemTime::now() - hour).unwrap();
    let young = format!("uploads/{}", id());
    left_behind(&folder.join(&young), Duration::ZERO);
    for orphan in [format!("uploads/{}", id()), format!("uploads/{}#1", id()), format!("media/{}/large", id())] {
        left_behind(&folder.join(orphan), hour);
    }
    eventually(Duration::from_secs(5), || async {
        let files = harness.files();
        anyhow::ensure!(files.len() == 5, "{files:?}");
        Ok(())
    })
    .await
    .unwrap();
    let files = harness.files();
    assert!(files.contains(&young) && files.contains(&format!("media/{}/original", media.media_id)), "{files:?}");
}
