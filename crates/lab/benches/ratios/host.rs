//! The clock, the memory and the output, natively and in a browser.

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{bytes_of, insert_minutes, is_wanted, memory_of, now_ms, say};
#[cfg(target_family = "wasm")]
pub(crate) use web::{bytes_of, insert_minutes, is_wanted, memory_of, now_ms, say};

#[cfg(not(target_family = "wasm"))]
mod native {
    #![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]
    #![expect(clippy::print_stdout, reason = "a program that reports")]

    use std::sync::OnceLock;
    use std::time::Instant;

    /// Milliseconds since the first call.
    pub(crate) fn now_ms() -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
    }

    /// Minutes of the insert test that are told as a whole: the number after `--insert-minutes`.
    pub(crate) fn insert_minutes() -> u32 {
        let minutes = after("--insert-minutes").and_then(|minutes| minutes.parse().ok());
        minutes.unwrap_or(1)
    }

    /// Whether a case is to be measured: its name has what stands after `--case`.
    pub(crate) fn is_wanted(name: &str) -> bool {
        after("--case").is_none_or(|part| name.contains(&part))
    }

    fn after(option: &str) -> Option<String> {
        std::env::args().skip_while(|arg| arg != option).nth(1)
    }

    /// The most bytes that were held at once of what the work allocated.
    pub(crate) fn memory_of(work: impl FnOnce()) -> u64 {
        allocation_counter::measure(work).bytes_max
    }

    /// All bytes that the work allocated.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    #[expect(clippy::unnecessary_wraps, reason = "a browser cannot count them")]
    pub(crate) fn bytes_of(work: impl FnOnce()) -> Option<f64> {
        Some(allocation_counter::measure(work).bytes_total as f64)
    }

    pub(crate) fn say(line: &str) {
        println!("{line}");
    }
}

#[cfg(target_family = "wasm")]
mod web {
    #![expect(unsafe_code, reason = "functions of the host have to be declared")]

    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        #[link_name = "now_ms"]
        safe fn host_now_ms() -> f64;
        #[link_name = "say"]
        safe fn host_say(start: *const u8, length: usize);
        #[link_name = "is_wanted"]
        safe fn host_is_wanted(start: *const u8, length: usize) -> bool;
    }

    /// Milliseconds by the browser's clock.
    pub(crate) fn now_ms() -> f64 {
        host_now_ms()
    }

    /// Minutes of the insert test that are told as a whole. The site's own engine does all of it.
    pub(crate) const fn insert_minutes() -> u32 {
        1
    }

    /// Whether a case is to be measured.
    pub(crate) fn is_wanted(name: &str) -> bool {
        host_is_wanted(name.as_ptr(), name.len())
    }

    /// Bytes by which the module's memory grew. It takes whole pages, and never gives one back.
    pub(crate) fn memory_of(work: impl FnOnce()) -> u64 {
        const PAGE_BYTES: u64 = 1 << 16;
        let pages = || core::arch::wasm32::memory_size(0) as u64;
        let before = pages();
        work();
        (pages() - before) * PAGE_BYTES
    }

    /// Nobody counts allocations here.
    pub(crate) fn bytes_of(work: impl FnOnce()) -> Option<f64> {
        work();
        None
    }

    pub(crate) fn say(line: &str) {
        host_say(line.as_ptr(), line.len());
    }
}
