# SPDX-License-Identifier: Apache-2.0
#
# Run by cpack on the tree that becomes the package, after the install: adds what only a package has, the file under
# /etc and Debian's documents, and compresses what Debian wants compressed.

set(top ${CPACK_TEMPORARY_DIRECTORY})
set(source ${CPACK_BANSYNC_SOURCE_DIR})
set(doc ${top}/usr/share/doc/bansync)
set(overrides ${top}/usr/share/lintian/overrides)
set(file_mode OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(directory_mode ${file_mode} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)

# compress(FILE...): without name and time, so that the same text is always the same bytes
function(compress)
  execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
  foreach(file ${ARGN})
    file(CHMOD ${file}.gz PERMISSIONS ${file_mode})
  endforeach()
endfunction()

file(MAKE_DIRECTORY ${top}/etc/bansync/conf.d ${overrides})
file(GLOB_RECURSE directories LIST_DIRECTORIES true ${top}/*)
foreach(directory ${directories}) # whatever the umask is
  if(IS_DIRECTORY ${directory})
    file(CHMOD ${directory} PERMISSIONS ${directory_mode})
  endif()
endforeach()
file(COPY ${source}/conf/package/bansync.conf DESTINATION ${top}/etc/bansync FILE_PERMISSIONS ${file_mode})

file(COPY ${source}/conf/package/copyright DESTINATION ${doc} FILE_PERMISSIONS ${file_mode})
configure_file(${source}/CHANGELOG.md ${doc}/changelog COPYONLY)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, if it is set
file(WRITE ${doc}/changelog.Debian "bansync (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Built from the source of this version; what changed is in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")
file(WRITE ${overrides}/bansync "# It tells how to set up a cluster, not how to build.
bansync: package-contains-upstream-installation-documentation *INSTALL.md*
")
file(CHMOD ${overrides}/bansync PERMISSIONS ${file_mode})
file(GLOB manuals ${top}/usr/share/man/man*/*)
compress(${doc}/changelog ${doc}/changelog.Debian ${manuals})
