//! Running the points, on all processors.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{available_parallelism, scope},
};

use tokio::runtime::Builder;

use super::{
    fault::Fault,
    point::{Point, Whole},
    row::Row,
    tally::Tally,
    town::Town,
};

/// Which points to run.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    All,
    /// One fault of each call, not the same one everywhere.
    Some,
    /// Those whose names have this in them.
    Named(String),
}

/// What a sweep has come to.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) tally: Tally,
    /// The points that went wrong, with what did.
    pub(super) wrong: Vec<String>,
}

/// Runs the points of these rows. Each thread takes the next row that nobody has begun.
pub(super) fn sweep(rows: &[Row], choice: &Choice) -> Swept {
    let (next, swept) = (AtomicUsize::new(0), Mutex::<Swept>::default());
    // The provider answers from here, while time stands still elsewhere.
    let background = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let town = background.block_on(Town::build());
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    // What nobody waits for takes no time.
                    tokio::time::pause();
                    while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let one = sweep_row(&town, row, choice).await;
                        let mut all = swept.lock().unwrap();
                        if matches!(choice, Choice::All) {
                            println!("{:>6} points  {}", one.tally.points(), row.name());
                        }
                        all.tally.merge(&one.tally);
                        all.wrong.extend(one.wrong);
                    }
                });
            });
        }
    });
    swept.into_inner().unwrap()
}

async fn sweep_row(town: &Town, row: &Row, choice: &Choice) -> Swept {
    let mut swept = Swept::default();
    if let Choice::Named(name) = choice
        && name.contains('(')
        && !name.starts_with(&row.name())
    {
        return swept;
    }
    let whole = match Whole::of(town, row).await {
        Ok(whole) => whole,
        Err(wrong) => {
            swept.wrong.push(wrong);
            return swept;
        }
    };
    swept.tally.rows = 1;
    swept.tally.calls = whole.calls.len();
    for (number, call) in whole.calls.iter().enumerate() {
        let points =
            Fault::of(call).into_iter().map(|fault| Point { row, whole: &whole, number, fault });
        let points: Vec<_> = points.collect();
        for point in chosen(&points, choice) {
            let Fault { kind, reach } = point.fault;
            match point.run(town).await {
                Ok((first, is_late)) => swept.tally.add(kind, reach, first, is_late),
                Err(wrong) => {
                    swept.tally.add_wrong();
                    swept.wrong.push(wrong);
                }
            }
        }
    }
    swept
}

fn chosen<'a>(points: &[Point<'a>], choice: &Choice) -> Vec<Point<'a>> {
    match choice {
        Choice::All => points.to_vec(),
        Choice::Named(name) => {
            points.iter().filter(|point| point.name().contains(name)).copied().collect()
        }
        Choice::Some => {
            let mut ordered = points.to_vec();
            ordered.sort_by_key(|point| {
                let mut hasher = DefaultHasher::new();
                point.name().hash(&mut hasher);
                hasher.finish()
            });
            ordered.truncate(1);
            ordered
        }
    }
}
