package peers;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.batch.core.configuration.support.MapJobRegistry;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.support.TaskExecutorJobOperator;
import org.springframework.batch.core.listener.SkipListener;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.repository.support.JdbcJobRepositoryFactoryBean;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.database.JdbcBatchItemWriter;
import org.springframework.batch.infrastructure.item.database.builder.JdbcBatchItemWriterBuilder;
import org.springframework.batch.infrastructure.item.file.FlatFileItemReader;
import org.springframework.batch.infrastructure.item.file.FlatFileParseException;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemReaderBuilder;
import org.springframework.core.io.FileSystemResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Spring Batch 6, restartable: its job repository in the same database, a chunk a transaction.
 * Reader and writer are its own for the purpose, FlatFileItemReader and JdbcBatchItemWriter, with
 * the driver's {@code reWriteBatchedInserts}, which its users are told to set. Known items are kept
 * in memory; what does not fit is skipped, and a listener writes it down with line and reason.
 */
final class SpringBatch {

  private static final long SKIP_LIMIT = 1_000_000;

  private static final String INSERT =
      """
      INSERT INTO customer_order (
          order_id,
          customer_id,
          order_date,
          sku,
          quantity,
          unit_price,
          note
      )
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """;

  private final HikariDataSource pool;
  private final JdbcTemplate jdbc;
  private final PlatformTransactionManager transactions;
  private final int chunk;

  SpringBatch(Place place, int chunk) {
    this.pool = place.pool();
    this.jdbc = new JdbcTemplate(pool);
    this.transactions = new JdbcTransactionManager(pool);
    this.chunk = chunk;
  }

  /** Loads the file; returns how many seconds that took. */
  double load(Path file, boolean fixedWidth) throws Exception {
    JobRepository repository = repository(pool);
    Job job = new JobBuilder("load", repository).start(step(repository, file, fixedWidth)).build();
    TaskExecutorJobOperator operator = new TaskExecutorJobOperator();
    operator.setJobRepository(repository);
    operator.setJobRegistry(new MapJobRegistry());
    operator.afterPropertiesSet();
    long start = System.nanoTime();
    JobExecution execution =
        operator.start(
            job, new JobParametersBuilder().addString("file", file.toString()).toJobParameters());
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!execution.getExitStatus().getExitCode().equals("COMPLETED")) {
      throw new IllegalStateException(
          "Spring Batch ended with " + execution.getAllFailureExceptions());
    }
    pool.close();
    return seconds;
  }

  private JobRepository repository(DataSource dataSource) throws Exception {
    JdbcJobRepositoryFactoryBean factory = new JdbcJobRepositoryFactoryBean();
    factory.setDataSource(dataSource);
    factory.setTransactionManager(transactions);
    factory.afterPropertiesSet();
    return factory.getObject();
  }

  private Step step(JobRepository repository, Path file, boolean fixedWidth) {
    Set<String> items =
        Set.copyOf(
            jdbc.queryForList(
                """
                SELECT sku
                FROM item
                """,
                String.class));
    return new StepBuilder("load", repository)
        .<OrderLine, OrderLine>chunk(chunk)
        .transactionManager(transactions)
        .reader(reader(file, fixedWidth))
        .processor(line -> line.checked(items))
        .writer(writer())
        .faultTolerant()
        .skip(FlatFileParseException.class, OrderLine.BadLineException.class)
        .skipLimit(SKIP_LIMIT)
        .skipListener(new Rejects(jdbc))
        .build();
  }

  private static FlatFileItemReader<OrderLine> reader(Path file, boolean fixedWidth) {
    FlatFileItemReaderBuilder<OrderLine> builder =
        new FlatFileItemReaderBuilder<OrderLine>()
            .name("orders")
            .resource(new FileSystemResource(file))
            .linesToSkip(fixedWidth ? 0 : 1);
    return builder.lineMapper(OrderLine.mapper(fixedWidth)).build();
  }

  private JdbcBatchItemWriter<OrderLine> writer() {
    JdbcBatchItemWriter<OrderLine> writer =
        new JdbcBatchItemWriterBuilder<OrderLine>()
            .dataSource(pool)
            .sql(INSERT)
            .itemPreparedStatementSetter(OrderLine::fill)
            .build();
    writer.afterPropertiesSet();
    return writer;
  }

  /** Writes down what was skipped, in the transaction of the chunk. */
  private record Rejects(JdbcTemplate jdbc) implements SkipListener<OrderLine, OrderLine> {

    @Override
    public void onSkipInRead(Throwable reason) {
      FlatFileParseException bad = (FlatFileParseException) reason;
      Throwable cause = bad.getCause() == null ? bad : bad.getCause();
      write(bad.getLineNumber(), String.valueOf(cause.getMessage()), bad.getInput());
    }

    @Override
    public void onSkipInProcess(OrderLine line, Throwable reason) {
      write(line.line(), String.valueOf(reason.getMessage()), line.toString());
    }

    private void write(int line, String reason, String raw) {
      jdbc.update(
          """
          INSERT INTO reject (line, reason, raw)
          VALUES (?, ?, ?)
          """,
          line,
          reason,
          raw);
    }
  }
}
