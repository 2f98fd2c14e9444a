// Reads documents, a line of JSON each: {"file": …, "text": …}; answers each with a line of what Microsoft's
// language service says of it. Arguments: the folder of the packages, the file of the schema.
const [packages, schemaFile] = process.argv.slice(2);
const path = require("path");
const need = (name) => require(path.join(packages, name));
const { TextDocument } = need("vscode-languageserver-textdocument");
const { getLanguageService } = need("azure-pipelines-language-service");
const parser = need("azure-pipelines-language-service/lib/parser/yamlParser");

// It must be an object: with text, the service finds no fault with anything.
const schema = JSON.parse(require("fs").readFileSync(schemaFile, "utf8"));
const service = getLanguageService(async () => schema, [], async () => "file:///schema.json");
service.configure({ validate: true });
console.log = () => {}; // the service prints, too

async function diagnose({ file, text }) {
  const document = TextDocument.create("file:///" + file, "azure-pipelines", 1, text);
  const found = await service.doValidation(document, parser.parse(text));
  return found.map(({ range, severity, message }) => ({
    line: range.start.line + 1,
    column: range.start.character + 1,
    severity: severity,
    message: message,
  }));
}

(async () => {
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await diagnose(JSON.parse(line))) + "\n");
  }
})();
