// @ts-check

/**
 * The Wilson interval: where the true rate is, to 95 %, when errors of requests
 * failed. It is drawn, and decides nothing: rollouts go by their own tests.
 * @param {number} errors
 * @param {number} requests
 * @returns {[number, number]}
 */
export function wilson(errors, requests) {
  if (requests <= 0) return [0, 1];
  const z = 1.959964, p = errors / requests, n = requests;
  const middle = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const whole = 1 + (z * z) / n;
  return [errors === 0 ? 0 : Math.max(0, (middle - half) / whole), errors === n ? 1 : Math.min(1, (middle + half) / whole)];
}

/**
 * Sums over the present and the width-1 values before it.
 * @param {number[]} values
 * @param {number} width
 */
export function rolling(values, width) {
  let sum = 0;
  return values.map((v, i) => {
    sum += v;
    if (i >= width) sum -= values[i - width];
    return sum;
  });
}
