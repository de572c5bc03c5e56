// Seal, open and make keys with typage, as told by the arguments; the judge of the hybrid form.
//   node typage.mjs keygen                      identity and recipient, a line each
//   node typage.mjs seal OUT IN RECIPIENT...
//   node typage.mjs open OUT IN IDENTITY
import { readFileSync, writeFileSync } from "node:fs";
import * as age from "age-encryption";

const [verb, out, input, ...keys] = process.argv.slice(2);
if (verb === "keygen") {
  const identity = await age.generateHybridIdentity();
  console.log(`${identity}\n${await age.identityToRecipient(identity)}`);
} else if (verb === "seal") {
  const encrypter = new age.Encrypter();
  for (const key of keys) encrypter.addRecipient(key);
  writeFileSync(out, await encrypter.encrypt(readFileSync(input)));
} else if (verb === "open") {
  const decrypter = new age.Decrypter();
  for (const key of keys) decrypter.addIdentity(key);
  writeFileSync(out, await decrypter.decrypt(readFileSync(input), "uint8array"));
} else {
  throw new Error(`unknown verb ${verb}`);
}
