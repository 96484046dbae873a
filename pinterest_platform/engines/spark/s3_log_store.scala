// Commits of Delta to S3, through a conditional PUT, as in delta-rs. Delta's own store checks and then writes. It loses a
// commit if another program writes the same version in between.
package pinterest.platform

import java.lang.{Boolean => JBoolean}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.FileAlreadyExistsException
import java.util.{Iterator => JIterator}
import scala.jdk.CollectionConverters._
import io.delta.storage.S3SingleDriverLogStore
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileSystem, Path}
import org.apache.hadoop.fs.s3a.RemoteFileChangedException

class S3LogStore(conf: Configuration) extends S3SingleDriverLogStore(conf) {

  override def write(path: Path, actions: JIterator[String], overwrite: JBoolean, conf: Configuration): Unit =
    if (overwrite) super.write(path, actions, overwrite, conf)
    else {
      // Read everything before opening the file, because closing the file commits.
      val content = actions.asScala.map(_ + "\n").mkString.getBytes(UTF_8)
      val files = path.getFileSystem(conf)
      try {
        val file = files.createFile(path).must("fs.option.create.conditional.overwrite", true).build()
        file.write(content)
        file.close()
      } catch {
        // If the answer to a PUT is lost, it is sent again and conflicts with itself.
        case error: RemoteFileChangedException =>
          if (!read(files, path).sameElements(content)) throw new FileAlreadyExistsException(s"$path: $error")
      }
    }

  private def read(files: FileSystem, path: Path): Array[Byte] = {
    val file = files.open(path)
    try file.readAllBytes() finally file.close()
  }
}
