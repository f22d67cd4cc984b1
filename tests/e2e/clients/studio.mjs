// Runs calls of the module at argv[2] as a front end would, and prints how each ended, as JSON.
// argv[3]: {options, calls: [[name, …arguments]]}
const [, , module, given] = process.argv;
const { createImageService, ImageServiceError } = await import(module);
const { options, calls } = JSON.parse(given);
const images = createImageService(options);

async function ended([name, ...wishes]) {
  try {
    return await images[name](...wishes);
  } catch (error) {
    if (!(error instanceof ImageServiceError)) throw error;
    const { type, code, message, failureStage, retryable, jobId, status } = error;
    return { error: { type, code, message, failureStage, retryable, jobId, status } };
  }
}

console.log(JSON.stringify(await Promise.all(calls.map(ended))));
