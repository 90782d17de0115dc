/** Starts the product as a newcomer does: no configuration, an empty data folder, a free port. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = process.env.AUDITORIUM ?? join(root, "target/debug/auditorium");

export class Server {
  private constructor(
    readonly url: string,
    /** Where the first owner gets in; opens once. */
    readonly signInLink: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly printed: () => string,
  ) {}

  static async start(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "auditorium-e2e-"));
    // The private Postgres runs as another user where this process is root.
    chmodSync(folder, 0o755);
    const listen = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      program,
      ["serve", "--data-dir", join(folder, "data"), "--listen", listen],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: environment() },
    );
    let printed = "";
    const link = await new Promise<string>((resolve, reject) => {
      const take = (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /https?:\/\/\S+\/sign-in\/link\/\S+/.exec(printed);
        if (found) resolve(found[0]);
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)));
    });
    return new Server(new URL(link).origin, link, folder, child, () => printed);
  }

  /** Runs the command `auditorium` beside the server and returns what it printed. */
  command(...words: string[]): string {
    const done = spawnSync(program, ["--data-dir", join(this.folder, "data"), ...words], {
      cwd: root,
      encoding: "utf8",
      env: environment(),
    });
    if (done.status !== 0) {
      throw new Error(`auditorium ${words.join(" ")} ended with ${done.status}:\n${done.stderr}`);
    }
    return done.stdout + done.stderr;
  }

  /** Everything that the server printed so far. */
  output(): string {
    return this.printed();
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill("SIGINT");
      await once(this.child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Without settings of whoever runs the tests. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AUDITORIUM|LEPTOS|S3|PG|DATABASE)/.test(name),
  );
  return Object.fromEntries(kept);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
