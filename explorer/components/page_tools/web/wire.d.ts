// What Python sends, as written by page_tools/__init__.py.
// `tests/components/test_wire.py` compares the names.

export interface Data {
  shown: Record<string, string>; // everything that the page shows, by its names in the address
  present: string; // the query parameter that asks for a screen for an audience
}
