//! libFuzzer, run from inside a test: the test hands over its parser and its seeds, and the process ends with the run.
//!
//! A crate of its own since libFuzzer is called over a C interface, and unsafe code is forbidden in the project itself.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{abort, exit};

// Its build script compiles libFuzzer, which is all that is used of it.
use libfuzzer_sys as _;

type Target = *mut dyn FnMut(&[u8]);

thread_local! {
    static TARGET: Cell<Option<Target>> = const { Cell::new(None) };
}

unsafe extern "C" {
    fn LLVMFuzzerRunDriver(
        count: *mut c_int,
        arguments: *mut *mut *mut c_char,
        target: extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

/// What `libfuzzer_sys` would call; nothing does, since [`run`] hands over its own.
#[unsafe(no_mangle)]
#[expect(improper_ctypes_definitions, reason = "declared so over there")]
pub extern "C" fn rust_fuzzer_test_input(_: &[u8]) -> i32 {
    0
}

extern "C" fn one(bytes: *const u8, length: usize) -> c_int {
    let bytes: &[u8] = if length == 0 {
        &[]
    } else {
        // SAFETY: libFuzzer gives `length` bytes, which stay until this returns.
        unsafe { std::slice::from_raw_parts(bytes, length) }
    };
    let Some(target) = TARGET.get() else { abort() };
    // SAFETY: `run` set it on this thread from a reference that lives as long as the process, and calls do not nest.
    let target = unsafe { &mut *target };
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        // The hook has told what went wrong; libFuzzer keeps the input of a process that aborts.
        abort();
    }
    0
}

/// Runs libFuzzer with its own arguments (directories of inputs, `-max_total_time=SECONDS`, ...) on a target, and ends the
/// process: with success when the time is over, without when an input makes the target panic.
pub fn run(arguments: &[String], target: &mut dyn FnMut(&[u8])) -> ! {
    let target: *mut dyn FnMut(&[u8]) = target;
    // SAFETY: only the lifetime changes; this never returns, so what is borrowed stays.
    TARGET.set(Some(unsafe { std::mem::transmute::<*mut dyn FnMut(&[u8]), Target>(target) }));
    let arguments = std::iter::once("fuzz").chain(arguments.iter().map(String::as_str));
    let mut arguments: Vec<*mut c_char> = arguments
        .map(|one| CString::new(one).unwrap_or_default().into_raw())
        .collect();
    let mut count = c_int::try_from(arguments.len()).unwrap_or(1);
    arguments.push(std::ptr::null_mut());
    let mut arguments = arguments.as_mut_ptr();
    // SAFETY: as many strings as `count` says, a null pointer behind them, all of them there until the process ends.
    let code = unsafe { LLVMFuzzerRunDriver(&mut count, &mut arguments, one) };
    exit(code)
}
