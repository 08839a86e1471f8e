import { Decimal } from 'decimal.js';

// decimal.js rounds results to 20 digits unless told otherwise; decimal(38,15) times decimal(28,6) needs 66 to stay exact.
Decimal.set({ precision: 80, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -80, toExpPos: 80 });

export { Decimal };
