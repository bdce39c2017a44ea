//! Streams that are made here, packet by packet.

use super::*;

fn packet(pid: u16, clean: bool, content: &[u8]) -> Vec<u8> {
    let mut packet = vec![SYNC, 0x40 | (pid >> 8) as u8, pid as u8, 0x30];
    let stuffing = PACKET - 5 - content.len();
    packet.push(stuffing as u8);
    packet.extend(std::iter::once(if clean { 0x40 } else { 0 }).chain(std::iter::repeat(0xff)).take(stuffing));
    packet.extend(content);
    packet
}

fn tables(video_kind: u8) -> Vec<u8> {
    let programs = [0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0, 0, 0, 0];
    let map = [0, 2, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, video_kind, 0xe1, 0, 0xf0, 0, 0, 0, 0, 0];
    [packet(0, false, &programs), packet(0x1000, false, &map)].concat()
}

fn picture(time: i64, clean: bool) -> Vec<u8> {
    let time = time.rem_euclid(WRAP);
    let pes = [
        0,
        0,
        1,
        0xe0,
        0,
        0,
        0x80,
        0x80,
        5,
        0x21 | (time >> 29) as u8 & 0x0e,
        (time >> 22) as u8,
        1 | (time >> 14) as u8,
        (time >> 7) as u8,
        1 | (time << 1) as u8,
    ];
    packet(0x100, clean, &pes)
}

/// Pictures at 2 per second.
fn stream(seconds: i64, begin: i64, clean: impl Fn(i64) -> bool) -> Vec<u8> {
    let pictures = (0..2 * seconds).flat_map(|n| picture(begin + n * TICKS_PER_SECOND / 2, clean(n)));
    tables(0x1b).into_iter().chain(pictures).collect()
}

fn scan(stream: &[u8], piece: usize) -> Result<Stream, Broken> {
    let mut scanner = Scanner::default();
    for piece in stream.chunks(piece) {
        scanner.push(piece)?;
    }
    scanner.finish()
}

#[test]
fn segments_begin_with_pictures_that_need_no_other() {
    // A clean one every 4 seconds; the clock wraps within.
    let bytes = stream(20, WRAP - TICKS_PER_SECOND, |n| n % 8 == 0);
    let found = scan(&bytes, bytes.len()).unwrap();
    let packets: Vec<_> = found.segments.iter().map(|segment| segment.at / PACKET as u64).collect();
    assert_eq!(packets, [0, 2 + 16, 2 + 32]);
    let seconds: Vec<_> = found.segments.iter().map(|segment| segment.duration.as_secs()).collect();
    assert_eq!(seconds, [8, 8, 4]);
    assert_eq!(found.segments.iter().map(|segment| segment.bytes).sum::<u64>(), bytes.len() as u64);
    assert_eq!((found.duration.as_secs(), found.tables_end, found.independent), (20, 2 * PACKET as u64, true));
    for piece in [1, 100, 188, 189, 1000] {
        assert_eq!(scan(&bytes, piece).unwrap(), found);
    }
}

#[test]
fn a_stream_without_clean_pictures_is_cut_all_the_same() {
    let found = scan(&stream(25, 0, |n| n == 0), 4096).unwrap();
    let seconds: Vec<_> = found.segments.iter().map(|segment| segment.duration.as_secs()).collect();
    assert_eq!((seconds, found.independent), (vec![10, 10, 5], false));
}

#[test]
fn what_is_no_video_is_refused() {
    let good = stream(1, 0, |_| true);
    assert_eq!(scan(&good[..good.len() - 1], 100), Err(Broken("the video is cut off")));
    let mut damaged = good.clone();
    damaged[3 * PACKET] = 0;
    assert_eq!(scan(&damaged, 100), Err(DAMAGED));
    assert_eq!(scan(&good[2 * PACKET..], 100), Err(Broken("the video has no picture")));
    assert_eq!(scan(&tables(0x0f), 100), Err(Broken("the video has no picture")));
    assert_eq!(scan(&tables(0x15), 100), Err(Broken("the video carries data beside picture and sound")));
}

#[test]
fn nonsense_does_no_harm() {
    let mut random = 1u32;
    for _ in 0..2000 {
        let packet: Vec<u8> = (0..PACKET)
            .map(|at| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if at == 0 {
                    SYNC
                } else if at < 3 {
                    (random >> 30) as u8 | 0x40
                } else {
                    (random >> 24) as u8
                }
            })
            .collect();
        let _ = scan(&[tables(0x1b), packet.clone(), packet].concat(), 300);
    }
}
