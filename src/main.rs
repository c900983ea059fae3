//! The exit code, and nothing else.
#![forbid(unsafe_code)]

use std::process::ExitCode;

// musl's own allocator returns each freed page at once, which costs half of the time of a start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(snapback::main().0)
}
