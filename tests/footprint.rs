//! What definitions say of their own size, compared with what an allocator counts.
// The addon has an allocator of its own, and there can be only one.
#![cfg(not(feature = "napi"))]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use posthog_node_native::compile::{CompileOptions, DocumentSource, Semantics, compile};

thread_local! {
    static ALLOCATED: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

/// As much as an allocator takes for so many bytes.
fn block(bytes: usize) -> usize {
    (bytes + size_of::<usize>()).next_multiple_of(16).max(32)
}

fn count(bytes: usize, sign: isize) {
    // A thread that is ending no longer has the counter.
    let _ = ALLOCATED.try_with(|allocated| {
        allocated.set(allocated.get() + sign * block(bytes) as isize);
    });
}

// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's word.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How many bytes the definitions take by the allocator, and by their own word.
fn measure(document: &str, semantics: Semantics) -> (f64, f64) {
    let before = ALLOCATED.get();
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: Vec::new(),
        semantics,
    };
    let definitions = compile(document.as_bytes(), &options).unwrap();

    let taken = ALLOCATED.get() - before;
    (taken as f64, definitions.size as f64)
}

fn flags(count: usize, filters: impl Fn(usize) -> String) -> String {
    let flags: Vec<_> = (0..count)
        .map(|n| {
            format!(
                r#"{{"key":"flag-{n}","id":{n},"active":true,"filters":{{"payloads":{{"a":"{{}}"}},"groups":[
                    {{"rollout_percentage":50,"properties":[{}]}},{{"properties":[],"variant":"a"}}],
                    "multivariate":{{"variants":[{{"key":"a","rollout_percentage":50}},{{"key":"b","rollout_percentage":50}}]}}}}}}"#,
                filters(n)
            )
        })
        .collect();
    let cohorts: Vec<_> = (0..count)
        .map(|n| {
            let member = format!(
                r#"{{"type":"person","key":"p{n}","value":["v{n}","w"],"operator":"exact"}}"#
            );
            format!(r#""{n}":{{"type":"OR","values":[{{"type":"AND","values":[{member}]}}]}}"#)
        })
        .collect();
    format!(
        r#"{{"flags":[{}],"cohorts":{{{}}}}}"#,
        flags.join(","),
        cohorts.join(",")
    )
}

#[test]
fn definitions_tell_what_an_allocator_counts() {
    let documents = [
        ("few", flags(3, |_| String::new())),
        ("many", flags(500, |_| String::new())),
        (
            "inactive",
            format!(r#"{{"flags":[{}]}}"#, vec![r#"{"key":"a"}"#; 300].join(",")),
        ),
        (
            "texts",
            flags(300, |n| {
                format!(
                    r#"{{"type":"person","key":"p{n}","value":"text {n}","operator":"icontains"}}"#
                )
            }),
        ),
        (
            "numbers",
            flags(300, |n| {
                format!(r#"{{"type":"person","key":"p","value":{n},"operator":"gt"}}"#)
            }),
        ),
        (
            "dates",
            flags(300, |n| {
                format!(
                    r#"{{"type":"person","key":"p","value":"-{n}d","operator":"is_date_after"}}"#
                )
            }),
        ),
        (
            "versions",
            flags(300, |n| {
                format!(r#"{{"type":"person","key":"p","value":"1.{n}.0","operator":"semver_gt"}}"#)
            }),
        ),
        (
            "cohorts",
            flags(300, |n| format!(r#"{{"type":"cohort","value":{n}}}"#)),
        ),
        (
            "flags",
            flags(300, |n| {
                format!(
                    r#"{{"type":"flag","key":"flag-{n}","value":"a","dependency_chain":["flag-0","flag-{n}"]}}"#
                )
            }),
        ),
        (
            "lists",
            flags(30, |n| {
                let emails: Vec<_> = (0..1000)
                    .map(|m| format!("\"user-{n}-{m}@example.com\""))
                    .collect();
                format!(
                    r#"{{"type":"person","key":"email","value":[{}],"operator":"exact"}}"#,
                    emails.join(",")
                )
            }),
        ),
    ];
    for semantics in [Semantics::PosthogNode, Semantics::Server(None)] {
        for (name, document) in &documents {
            let (taken, told) = measure(document, semantics);
            let share = told / taken;
            assert!(
                (0.77..1.3).contains(&share),
                "{name}, {semantics:?}: {told} of {taken}"
            );
        }
    }
}
