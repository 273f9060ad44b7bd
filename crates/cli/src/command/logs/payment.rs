//! `logs --xid ID`: the lines of one payment from all files, in order of time.

use serde_json::json;

use counterfoil_logs::follow::{Follow, Line};
use counterfoil_logs::source::Source;
use counterfoil_logs::{OpenError, Settings};

use super::input::{Input, Place};
use super::pieces::Pieces;
use super::{Unread, ended, unread_json};
use crate::failure::{Failure, Status};

/// Shortest id that is followed.
const ID_CHARS_MIN: usize = 4;

/// Reads all places, twice when the first pass learned ids of requests, and prints.
pub fn run(id: &str, settings: &Settings, places: &[Place], json: bool) -> Result<Status, Failure> {
    if id.len() < ID_CHARS_MIN {
        let sentence = format!("`{id}` is too short to be an id");
        return Err(Failure::input("id-too-short", sentence, "give at least four characters"));
    }
    let mut follow = Follow::new(id);
    let mut unread = pass(&mut follow, settings, places);
    let can_repeat = places.iter().all(Place::is_kept);
    if let Some(mut again) = follow.again().filter(|_| can_repeat) {
        unread = pass(&mut again, settings, places);
        follow = again;
    }
    if unread.len() == places.len() {
        return Err(unread.remove(0).failure);
    }
    let left_out = follow.left_out;
    let lines = follow.finish();
    if json {
        let document = json!({
            "xid": id, "lines": lines, "left_out": left_out, "unread": unread_json(&unread),
        });
        println!("{document}");
    } else {
        show(id, &lines, left_out);
    }
    ended(unread, lines.is_empty())
}

fn show(id: &str, lines: &[Line], left_out: u64) {
    for Line { time, file, number, line, .. } in lines {
        println!("{}  {file}:{number}  {line}", time.as_deref().unwrap_or("-"));
    }
    if lines.is_empty() {
        println!("no line names {id}");
    }
    if left_out > 0 {
        println!("{left_out} more lines are not shown");
    }
}

fn pass(follow: &mut Follow, settings: &Settings, places: &[Place]) -> Vec<Unread> {
    let mut unread = Vec::new();
    for place in places {
        let outcome = Input::open(place).and_then(|input| one(follow, settings, input));
        if let Err(failure) = outcome {
            unread.push(Unread { file: place.name(), failure });
        }
    }
    unread
}

fn one(follow: &mut Follow, settings: &Settings, input: Input) -> Result<(), Failure> {
    let name = input.name.clone();
    let source = Source::of(&input.head, settings.assumed(input.written), &settings.join)
        .map_err(|error| Failure::of(&OpenError::NotALog(error)))?;
    let mut pieces = Pieces::new(input);
    let mut lines_before = 0;
    let mut piece = Vec::new();
    while pieces.next(&mut piece).is_some() {
        if follow.is_in(&piece) {
            let batch = source.read(&piece);
            follow.absorb(&name, lines_before, &batch);
        }
        lines_before += piece.iter().filter(|octet| **octet == b'\n').count() as u64;
    }
    pieces.failure.map_or(Ok(()), Err)
}
