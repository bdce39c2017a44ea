use super::*;

const KEYS: usize = 40;

fn key(number: usize) -> Key {
    *blake3::hash(&number.to_le_bytes()).as_bytes()
}

fn entries(numbers: impl IntoIterator<Item = usize>) -> BTreeMap<Key, Vec<u8>> {
    numbers.into_iter().map(|number| (key(number), format!("value {number}").repeat(number % 7).into_bytes())).collect()
}

fn held(cache: &Cache) -> Vec<usize> {
    let all = entries(0..KEYS);
    let held = |number: &usize| cache.get(&key(*number)).map(|bytes| assert_eq!(bytes, all[&key(*number)])).is_some();
    (0..KEYS).filter(held).collect()
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> Cache {
        Cache::open_as(self.0.path(), Path::new("/p"), key(1))
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn one_that_is_only_read_has_all_and_keeps_nothing_new() {
    let place = Place::new();
    place.open().put_all(&entries(0..3)).unwrap();
    let cache = place.open().read_only();
    cache.put_all(&entries(0..KEYS)).unwrap();
    assert_eq!(held(&cache), [0, 1, 2]);
    assert_eq!(held(&place.open()), [0, 1, 2]);
}

#[test]
fn what_is_put_is_there_for_the_next_one() {
    let place = Place::new();
    assert_eq!(held(&place.open()), [0; 0]);
    place.open().put_all(&entries(0..KEYS)).unwrap();
    assert_eq!(held(&place.open()), (0..KEYS).collect::<Vec<_>>());
    assert_eq!(place.files().len(), 1);
    assert!(place.open().get(&key(KEYS)).is_none());
}

#[test]
fn projects_formats_and_folders_are_apart() {
    let place = Place::new();
    place.open().put_all(&entries(0..3)).unwrap();
    assert_eq!(held(&Cache::open_as(place.0.path(), Path::new("/q"), key(1))), [0; 0]);
    assert_eq!(held(&Cache::open_as(place.0.path(), Path::new("/p"), key(2))), [0; 0]);
    let none = Cache::open(None, Path::new("/p"));
    none.put_all(&entries(0..3)).unwrap();
    assert!(!none.is_enabled() && held(&none).is_empty());
}

#[test]
fn entries_that_nobody_asks_for_are_dropped_in_the_end() {
    let place = Place::new();
    place.open().put_all(&entries([0, 1])).unwrap();
    for round in 0..usize::from(MAX_AGE) {
        let cache = place.open();
        assert!(cache.get(&key(0)).is_some());
        cache.put_all(&entries([10 + round])).unwrap();
    }
    let look = || {
        let cache = place.open();
        (cache.pack.find(&key(0)).is_some(), cache.pack.find(&key(1)).is_some())
    };
    assert_eq!(look(), (true, true));
    let cache = place.open();
    cache.put_all(&BTreeMap::new()).unwrap();
    assert_eq!(look(), (true, true), "without anything new nothing is written");
    cache.put_all(&entries([30])).unwrap();
    assert_eq!(look(), (true, false));
}

#[test]
fn damage_costs_only_what_it_hits() {
    let place = Place::new();
    place.open().put_all(&entries(0..KEYS)).unwrap();
    let file = place.files().remove(0);
    let good = std::fs::read(&file).unwrap();
    for cut in (0..good.len()).step_by(13) {
        std::fs::write(&file, &good[..cut]).unwrap();
        held(&place.open());
    }
    let mut flipped = good.clone();
    for at in (0..good.len()).step_by(7) {
        flipped[at] ^= 0x41;
        std::fs::write(&file, &flipped).unwrap();
        held(&place.open());
        flipped[at] = good[at];
    }
    let last = good.len() - 1;
    flipped[last] ^= 1;
    std::fs::write(&file, &flipped).unwrap();
    assert_eq!(held(&place.open()).len(), KEYS - 1);
    // Counts and offsets from nowhere.
    for at in [40, 48 + 32, 48 + 40] {
        let mut wild = good.clone();
        wild[at..at + 8].copy_from_slice(&[0xff; 8]);
        std::fs::write(&file, &wild).unwrap();
        assert!(held(&place.open()).len() < KEYS);
    }
    place.open().put_all(&entries(0..2)).unwrap();
    assert!(held(&place.open()).contains(&1), "a damaged one can be replaced");
}

#[test]
fn two_at_once_leave_a_whole_file() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let place = &place;
            scope.spawn(move || {
                for round in 0..20 {
                    let cache = place.open();
                    held(&cache);
                    cache.put_all(&entries([thread, 10 + round])).unwrap();
                }
            });
        }
    });
    assert!(!held(&place.open()).is_empty());
    assert_eq!(place.files().len(), 1, "nothing stays beside it");
}

#[test]
fn sizes_are_bounded() {
    let all = entries(0..KEYS);
    let youngest: Vec<_> = all.iter().map(|(key, bytes)| (0, key, bytes.as_slice())).collect();
    let packed = pack::write(&key(1), &youngest, 1000);
    assert!(packed.len() <= 1000 && packed.len() > 900, "{}", packed.len());
    let place = Place::new();
    for (number, name) in ["a.pack", "b.1-0.new", "c.pack", "other"].into_iter().enumerate() {
        let file = std::fs::File::create(place.0.path().join(name)).unwrap();
        file.set_len(100).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(number as u64)).unwrap();
    }
    folder::shrink(place.0.path(), 150);
    let mut left: Vec<_> = place.files().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["c.pack", "other"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_of_putting_only() {
    let place = Place::new();
    let file = place.0.path().join("file");
    std::fs::write(&file, "").unwrap();
    let cache = Cache::open_as(&file, Path::new("/p"), key(1));
    assert!(cache.put_all(&entries(0..1)).is_err());
}

#[test]
fn the_users_folder_is_found_by_variables() {
    let with = |pairs: &[(&str, &str)]| {
        user_folder(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()))
    };
    assert_eq!(with(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Some("/c/loadpath".into()));
    assert_eq!(with(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/h")]), Some("/h/.cache/loadpath".into()));
    assert_eq!(with(&[("HOME", "")]), None);
}

#[test]
fn what_is_added_can_be_had_at_once_by_those_who_ask() {
    let place = Place::new();
    let cache = place.open();
    assert!(cache.renewed().is_none());
    cache.put_all(&entries(0..3)).unwrap();
    assert_eq!(held(&cache), [0; 0]);
    assert_eq!(held(&cache.renewed().unwrap()), [0, 1, 2]);
    assert!(Cache::default().renewed().is_none());
}
