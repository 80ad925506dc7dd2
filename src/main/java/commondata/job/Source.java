package commondata.job;

/**
 * The files a job loads.
 *
 * @param feed name of the drop directory
 * @param layout file in the job's folder that says what a record looks like
 * @param ready how it is known that a file is whole
 */
public record Source(String feed, String layout, Ready ready) {}
