/** How many upstream keys there are, and how many could serve a call now; for health and metrics. */
export abstract class KeyCensus {
  abstract usable(): number;
  abstract total(): number;
}
