//! Gives folders and files other permissions, fills a small disk, lowers a limit, keeps a key too
//! long.

use std::os::unix::fs::PermissionsExt as _;

use rustix::fs::statvfs;
use rustix::process::{Resource, Rlimit, prlimit};

use super::{Bench, InjectError, Injected, Injector};

pub(super) static WIDE: Injector =
    Injector { name: "permissions-widened", fault: "permissions-too-wide", run: widen };
pub(super) static READ_ONLY: Injector =
    Injector { name: "folder-closed", fault: "folder-read-only", run: close };
pub(super) static FULL: Injector = Injector { name: "disk-filled", fault: "disk-full", run: fill };
pub(super) static NEARLY: Injector =
    Injector { name: "disk-nearly-filled", fault: "disk-nearly-full", run: nearly_fill };
pub(super) static OPEN_FILES: Injector =
    Injector { name: "open-files-lowered", fault: "descriptor-limit-low", run: lower };

/// A file system that may be filled: of a laboratory's own.
const SMALL_BYTES: u64 = 1024 * 1024 * 1024;
const MIB: u64 = 1024 * 1024;

fn widen(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, place, mode) = *bench.pick(&[
        ("gateway", "gateway/config.toml", 0o666),
        ("merchant", "merchant/config.toml", 0o664),
        ("gateway", "gateway/trust/root.pem", 0o666),
        ("bank", "bank", 0o777),
        ("merchant", "merchant/trust", 0o775),
    ]);
    set_mode(bench, place, mode)?;
    Ok(bench.injected(WIDE.fault, party, format!("{place} has mode {mode:04o}")))
}

fn close(bench: &mut Bench) -> Result<Injected, InjectError> {
    if rustix::process::geteuid().is_root() {
        return Err(bench.failed("permission bits do not bind the superuser"));
    }
    let (party, place) =
        *bench.pick(&[("gateway", "gateway"), ("merchant", "merchant"), ("bank", "bank/log")]);
    set_mode(bench, place, 0o555)?;
    Ok(bench.injected(READ_ONLY.fault, party, format!("{place} has mode 0555")))
}

fn set_mode(bench: &mut Bench, place: &str, mode: u32) -> Result<(), InjectError> {
    let path = bench.path(place);
    let permissions = std::fs::Permissions::from_mode(mode);
    let kept = bench.kept.keep(&path);
    let set = kept.and_then(|()| std::fs::set_permissions(&path, permissions));
    set.map_err(|error| bench.failed(error))
}

fn fill(bench: &mut Bench) -> Result<Injected, InjectError> {
    let left = bench.chance.below(2) * MIB;
    leave(bench, left)?;
    Ok(bench.injected(FULL.fault, "root-ca", format!("{left} octets are free on the disk")))
}

fn nearly_fill(bench: &mut Bench) -> Result<Injected, InjectError> {
    let left = bench.chance.between(8, 40) * MIB;
    leave(bench, left)?;
    Ok(bench.injected(NEARLY.fault, "root-ca", format!("{left} octets are free on the disk")))
}

/// Fills the file system with one file, which is removed when the laboratory heals.
fn leave(bench: &mut Bench, left: u64) -> Result<(), InjectError> {
    let disk = statvfs(&bench.hands.data).map_err(|error| bench.failed(error))?;
    if disk.f_blocks.saturating_mul(disk.f_frsize) > SMALL_BYTES {
        return Err(bench.failed(
            "the deployment does not lie on a small file system of its own (mount -t tmpfs -o \
             size=512m none DIR)",
        ));
    }
    let path = bench.path("lab-filler");
    bench.kept.keep(&path).map_err(|error| bench.failed(error))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(left);
    let piece = vec![0_u8; usize::try_from(MIB).unwrap_or_default()];
    let filled = std::fs::File::create(&path).and_then(|mut file| {
        use std::io::Write as _;
        (0..free / MIB).try_for_each(|_| file.write_all(&piece))?;
        let rest = usize::try_from(free % MIB).unwrap_or_default();
        file.write_all(&piece[..rest])
    });
    // That there is no room for the last octets is what is wanted.
    match filled {
        Err(error) if error.kind() != std::io::ErrorKind::StorageFull => Err(bench.failed(error)),
        _ => Ok(()),
    }
}

fn lower(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank"]);
    let limit = bench.chance.between(100, 500);
    let process = bench.process(party)?;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.as_raw_nonzero()));
    let limits = limits.map_err(|error| bench.failed(error))?;
    let hard = crate::survey::open_file_limits(&limits).map(|(_, hard)| hard);
    let maximum = hard.filter(|hard| *hard != u64::MAX);
    let new = Rlimit { current: Some(limit), maximum };
    prlimit(Some(process), Resource::Nofile, new).map_err(|error| bench.failed(error))?;
    Ok(bench.injected(OPEN_FILES.fault, party, format!("{party} may have {limit} files open")))
}
