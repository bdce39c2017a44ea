//! Files that are made here, box by box.

use super::*;

fn a_box(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], &body].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn track_header(width: u32, height: u32, turned: bool) -> Vec<u8> {
    let matrix = if turned {
        [0, 1 << 16, 0, u32::MAX << 16, 0, 0, 0, 0, 1 << 30]
    } else {
        [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]
    };
    a_box(b"tkhd", &[&numbers(&[0; 10]), &numbers(&matrix), &numbers(&[width << 16, height << 16])])
}

fn media_of(kind: &[u8; 4], tables: &[Vec<u8>]) -> Vec<u8> {
    let hdlr = a_box(b"hdlr", &[&[0; 8], kind, &[0; 13]]);
    let stbl = a_box(b"stbl", &[&tables.concat()]);
    a_box(b"mdia", &[&hdlr, &a_box(b"minf", &[&stbl])])
}

fn picture(turned: bool) -> Vec<u8> {
    let place = a_box(b"udta", &[b"+52.5200+013.4050/"]);
    a_box(b"trak", &[&track_header(640, 360, turned), &media_of(b"vide", &[]), &place])
}

/// Two runs of chunks: one with two samples, two with one each.
fn telemetry(offsets: Vec<u8>) -> Vec<u8> {
    let stsz = a_box(b"stsz", &[&numbers(&[0, 0, 4, 5, 6, 7, 8])]);
    let stsc = a_box(b"stsc", &[&numbers(&[0, 2, 1, 2, 1, 2, 1, 1])]);
    a_box(b"trak", &[&track_header(0, 0, false), &media_of(b"meta", &[stsz, stsc, offsets])])
}

fn movie_header(timescale: u32, units: u32) -> Vec<u8> {
    a_box(b"mvhd", &[&numbers(&[0, 0, 0, timescale, units]), &[0; 80]])
}

fn read(moov: &[u8]) -> (Result<Movie, Broken>, Vec<u8>) {
    let mut wipe = Wipe::default();
    let movie = movie(moov, 1000, &mut wipe);
    wipe.sort();
    let mut file = [&[0x55; 1000][..], moov].concat();
    wipe.apply(0, &mut file);
    (movie, file)
}

#[test]
fn size_and_duration_are_found_and_the_place_is_wiped() {
    let index = [movie_header(600, 750), picture(false), a_box(b"meta", &[b"+52.5200"])].concat();
    let (movie, file) = read(&index);
    let duration = Some(Duration::from_millis(1250));
    assert_eq!(movie, Ok(Movie { width_pixels: 640, height_pixels: 360, duration }));
    assert!(!file.windows(4).any(|window| window == b"udta" || window == b"meta" || window == b"+52."));
    assert_eq!(file.windows(4).filter(|window| window == b"free").count(), 2);
    assert_eq!(file.len(), 1000 + index.len());

    let (movie, _) = read(&[movie_header(600, u32::MAX), picture(true)].concat());
    assert_eq!(movie, Ok(Movie { width_pixels: 360, height_pixels: 640, duration: None }));
}

#[test]
fn samples_of_other_tracks_are_wiped() {
    for offsets in [
        a_box(b"stco", &[&numbers(&[0, 3, 100, 200, 300])]),
        a_box(b"co64", &[&numbers(&[0, 3, 0, 100, 0, 200, 0, 300])]),
    ] {
        let (movie, file) = read(&[movie_header(1, 1), picture(false), telemetry(offsets)].concat());
        assert!(movie.is_ok());
        let wiped: Vec<usize> = (0..1000).filter(|at| file[*at] == 0).collect();
        assert_eq!(wiped, (100..111).chain(200..207).chain(300..308).collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_used_is_refused() {
    let fragments = a_box(b"mvex", &[&a_box(b"mehd", &[&numbers(&[0, 1200])])]);
    let (movie, _) = read(&[movie_header(600, 0), picture(false), fragments.clone()].concat());
    assert_eq!(movie.unwrap().duration, Some(Duration::from_secs(2)));

    let telemetry = telemetry(a_box(b"stco", &[&numbers(&[0, 0])]));
    for (index, reason) in [
        (movie_header(600, 600), "the video has no picture"),
        ([movie_header(1, u32::MAX - 1), picture(false)].concat(), "the video is damaged"),
        ([picture(false), fragments, telemetry].concat(), "the video carries data beside picture and sound"),
        (
            a_box(b"trak", &[&track_header(0, 9, false), &media_of(b"vide", &[])]),
            "the video has no picture of a usable size",
        ),
        (a_box(b"trak", &[]), "the video is damaged"),
        (numbers(&[7, 7]), "the video is damaged"),
        (numbers(&[90, 7]), "the video is damaged"),
    ] {
        assert_eq!(read(&index).0, Err(Broken(reason)));
    }
}

#[test]
fn no_damage_does_harm() {
    let whole =
        [movie_header(600, 750), picture(false), telemetry(a_box(b"stco", &[&numbers(&[0, 3, 100, 200, 300])]))]
            .concat();
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let _ = read(&damaged);
        }
        let _ = read(&whole[..at]);
    }
}
