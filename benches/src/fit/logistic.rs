//! Logistic regression with a ridge, weights for the rows and signs for the coefficients.

/// Rows of features with their labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// One value a feature.
    pub(super) features: Vec<Vec<f64>>,
    pub(super) labels: Vec<bool>,
}

/// What a feature may do: raise the odds, lower them, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Raises,
    Lowers,
    Either,
}

/// Steps of Newton's method; it converges in fewer than ten.
const STEPS_MAX: usize = 50;
/// The change of the coefficients at which the method has converged.
const CONVERGED: f64 = 1e-8;

/// The intercept and the coefficients that make the labels likeliest, less `ridge` times half
/// their squares (Hoerl and Kennard 1970); the labels of either kind weigh the same together.
///
/// Found by Newton's method. A coefficient whose sign would contradict `signs` is held at 0: what
/// speaks for a claim must never count against it because few documents happened to say so.
pub(super) fn fit(rows: &Rows, signs: &[Sign], ridge: f64) -> (f64, Vec<f64>) {
    let mut free = vec![true; signs.len()];
    loop {
        let (intercept, coefficients) = newton(rows, &free, ridge);
        let contradicts = |at: &usize| match signs[*at] {
            Sign::Raises => coefficients[*at] < 0.0,
            Sign::Lowers => coefficients[*at] > 0.0,
            Sign::Either => false,
        };
        let worst = (0..signs.len())
            .filter(contradicts)
            .max_by(|a, b| coefficients[*a].abs().total_cmp(&coefficients[*b].abs()));
        match worst {
            Some(at) => free[at] = false,
            None => return (intercept, coefficients),
        }
    }
}

fn newton(rows: &Rows, free: &[bool], ridge: f64) -> (f64, Vec<f64>) {
    // The intercept is the last one, and is not held back by the ridge.
    let n = free.len() + 1;
    let weights = weights(&rows.labels);
    let mut beta = vec![0.0; n];
    for _ in 0..STEPS_MAX {
        let mut gradient: Vec<f64> = beta.iter().map(|b| -ridge * b).collect();
        gradient[n - 1] = 0.0;
        let mut hessian = vec![vec![0.0; n]; n];
        for (at, row) in hessian.iter_mut().enumerate() {
            row[at] = if at == n - 1 { 1e-9 } else { ridge.max(1e-9) };
        }
        for ((features, label), weight) in rows.features.iter().zip(&rows.labels).zip(&weights) {
            let x = |at: usize| if at == n - 1 { 1.0 } else { features[at] };
            let odds: f64 = (0..n).map(|at| beta[at] * x(at)).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            let residual = weight * (f64::from(u8::from(*label)) - p);
            let curvature = weight * (p * (1.0 - p)).max(1e-12);
            for i in 0..n {
                gradient[i] += residual * x(i);
                for (j, cell) in hessian[i][..=i].iter_mut().enumerate() {
                    *cell += curvature * x(i) * x(j);
                }
            }
        }
        for at in (0..n - 1).filter(|at| !free[*at]) {
            gradient[at] = 0.0;
            hessian[at][..at].fill(0.0);
            hessian[at][at] = 1.0;
            hessian[at + 1..].iter_mut().for_each(|row| row[at] = 0.0);
        }
        let step = solve(hessian, gradient);
        beta.iter_mut().zip(&step).for_each(|(b, step)| *b += step);
        if step.iter().all(|step| step.abs() < CONVERGED) {
            break;
        }
    }
    let intercept = beta.pop().unwrap_or_default();
    (intercept, beta)
}

/// One weight a label: both kinds sum up to half of their number.
pub(super) fn weights(labels: &[bool]) -> Vec<f64> {
    let n = labels.len() as f64;
    let yes = labels.iter().filter(|label| **label).count() as f64;
    let half = |count: f64| if count > 0.0 { n / 2.0 / count } else { 0.0 };
    labels.iter().map(|label| if *label { half(yes) } else { half(n - yes) }).collect()
}

/// Solves a symmetric positive definite system, of which the lower half is given, by Cholesky's
/// method.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - dot;
            a[i][j] = if i == j { rest.max(1e-12).sqrt() } else { rest / a[j][j] };
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k][i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(of: &[(&[f64], bool)]) -> Rows {
        Rows {
            features: of.iter().map(|(x, _)| x.to_vec()).collect(),
            labels: of.iter().map(|(_, label)| *label).collect(),
        }
    }

    #[test]
    fn the_odds_of_a_table_are_found() {
        // Of the rows with x = 1 three in four are true, of those with x = 0 one in four.
        let table = rows(&[
            (&[1.0], true),
            (&[1.0], true),
            (&[1.0], true),
            (&[1.0], false),
            (&[0.0], true),
            (&[0.0], false),
            (&[0.0], false),
            (&[0.0], false),
        ]);
        let (intercept, coefficients) = fit(&table, &[Sign::Either], 0.0);
        assert!((intercept + 3.0_f64.ln()).abs() < 1e-6, "{intercept}");
        assert!((coefficients[0] - 2.0 * 3.0_f64.ln()).abs() < 1e-6, "{coefficients:?}");
        let (_, held) = fit(&table, &[Sign::Either], 4.0);
        assert!(held[0] > 0.0 && held[0] < coefficients[0], "the ridge holds back: {held:?}");
    }

    #[test]
    fn a_coefficient_of_the_wrong_sign_is_none() {
        let table = rows(&[
            (&[0.0, 1.0], true),
            (&[0.2, 0.8], true),
            (&[0.3, 0.9], true),
            (&[1.0, 0.0], false),
            (&[0.8, 0.1], false),
            (&[0.9, 0.2], false),
        ]);
        let (_, either) = fit(&table, &[Sign::Either; 2], 0.1);
        assert!(either[0] < 0.0 && either[1] > 0.0, "{either:?}");
        let (_, raises) = fit(&table, &[Sign::Raises; 2], 0.1);
        assert!(raises[0] == 0.0 && raises[1] > 0.0, "{raises:?}");
        let (_, lowers) = fit(&table, &[Sign::Lowers; 2], 0.1);
        assert!(lowers[0] < 0.0 && lowers[1] == 0.0, "{lowers:?}");
    }

    #[test]
    fn few_rows_of_one_kind_weigh_as_much_as_many_of_the_other() {
        assert_eq!(weights(&[true, false, false, false]), [2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(weights(&[false, false]), [0.5, 0.5], "half of the weight is nobody's");
        assert_eq!(weights(&[]), [0.0_f64; 0]);
    }

    proptest! {
        #[test]
        fn any_rows_have_a_fit(
            of in proptest::collection::vec(
                (proptest::collection::vec(-9.0..9.0_f64, 3), any::<bool>()), 0..30,
            ),
        ) {
            let (features, labels) = of.into_iter().unzip();
            let rows = Rows { features, labels };
            let signs = [Sign::Raises, Sign::Lowers, Sign::Either];
            let (intercept, coefficients) = fit(&rows, &signs, 0.5);
            prop_assert!(intercept.is_finite());
            prop_assert!(coefficients.iter().all(|c| c.is_finite()));
            prop_assert!(coefficients[0] >= 0.0 && coefficients[1] <= 0.0);
        }
    }
}
