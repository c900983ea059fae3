//! The exit code, nothing else.
#![forbid(unsafe_code)]

use std::process::ExitCode;

// musl's own allocator gives each freed page back at once: that costs half of the time of a start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(snapback::main().0)
}
