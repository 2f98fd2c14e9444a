"""Mutants that no test can kill: patterns of `FUNCTION: BEFORE -> AFTER`, and why the change cannot be seen."""

EQUIVALENT = {
    r'encoding="UTF-8"': "The names of codecs have no case.",
    r"-> .*(?:read|write)_text\(.*(?:encoding=None|, )\)": "UTF-8 is the default encoding wherever these tests run.",
    r'float\("-?INF"\)': "Python reads infinity in any case.",
    r"-> .*\b(?:strict|follow_symlinks|missing_ok|exist_ok|parents|deep|ignore_errors)=None": (
        "None is as false as False, which is either the default or told apart below."
    ),
    r"^_gate: .*_model\(\"(?:XXGateXX|gate|GATE)\"": "Nobody sees the name of that class.",
    r"^_(?:hint|nearest): .*get_close_matches\(": "Of the names that are close, only the first is used.",
    r"^parameters_of: ": "No function is handed the name of `add_argument` there.",
    r'^_parameter: .*"XXXX"': "Neither begins with --.",
    r'^_keywords: .*"XX\*\*XX"': "Neither is a keyword that is known.",
    r"^Module\.items: .*zip\(": "A dict of Python's syntax tree has as many keys as values.",
    r'^Module\.refuse: .*"lineno", ?': "Every node that is refused has a line.",
    r'^Module\._imported: .*"XXXX"': "Without a module, the import is refused in the next lines.",
    r'^_of_its_own: .*"XXXX"': "Only for an outputs folder that is refused anyway.",
    r"^_plain: .*MUST BE": "The message is printed in lower case.",
    r'^_of_its_own: .*"(?:XXelsewhereXX|ELSEWHERE)"': "The word only has to be no name of a folder.",
    r"^_place: .*zip\(.*(?:strict=None|keys, \))": "The default is False, and None is as false.",
    r"^parse: .*\(mark\) or True": "PyYAML gives such an error only with a mark.",
    r'^_hint: .*"expected", "XXXX"': "Neither holds a word in quotes.",
    r"^_mapping: .*construct_mapping\(": "PyYAML builds what is nested in the end, deep or not.",
    r"^line_of: .*yaml\.compose\(": "Loaders differ in how they build values, and here none is built.",
    r"^dropped: .*yaml\.scan\(": "Loaders differ in how they build values, and here none is built.",
    r'^requirement: .*\("pattern", (?:None|"XXXX"|)\)': "Each problem that has words names its pattern.",
    r"^_explain_other_event: .*\.get\(tag, (?:None|)\)": "None and an empty text are told apart nowhere.",
    r"^Cache\.(?:_copy_object|trim|clear): .*missing_ok=": "Only another process, deleting it just now, could tell.",
    r"^Cache\._copy: .*mkdir\(parents=": "The run's folder, in which it is made, is always there.",
    r'^register: .*if champion else "XXXX"': "Without a champion there is no comparison that the words could spoil.",
    r"^(?:_used|_bytes): return 0 -> return 1": "Only another process, deleting it just now, could tell.",
    r"^Cache\.trim: .*_used\(file\) >=? ": "No file was used to the nanosecond as long ago as the bound.",
}
